// Nothing to call: what this target defines takes the place of a function of Swift's library.
