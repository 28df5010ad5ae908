print("metricsd-probe")
