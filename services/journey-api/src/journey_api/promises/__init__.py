"""Promises given to customers: taking, keeping, moving, withdrawing and listing them."""
