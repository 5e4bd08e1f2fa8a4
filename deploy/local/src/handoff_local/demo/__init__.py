"""The demo dealership: its records, months of its customers' journeys, and people who go on working."""
