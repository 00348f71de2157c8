"""The scenarios of the shipped processes on SpiffWorkflow's own `BpmnWorkflow`, side by side with the runtime."""
