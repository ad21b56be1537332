"""Problems by the thousand: proposing, solving, verifying and storing at the same time."""
