"""Live feeds: numbering after commit, resuming without gap or repeat, and Server-Sent Events."""
