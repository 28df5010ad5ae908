"""metricsd itself fails, or what it stands on: state directory, clock, power."""
