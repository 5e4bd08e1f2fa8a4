"""What two services share; by invitation only."""

import zoneinfo

# The rules of every zone come from the pinned package `tzdata`, whoever asks for one: those of the machine may be years
# old, and two machines with one lock must agree.
zoneinfo.reset_tzpath(())
