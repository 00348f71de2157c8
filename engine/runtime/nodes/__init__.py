"""SpiffWorkflow task specs for the BPMN flow nodes, with Camunda 8's attributes."""
