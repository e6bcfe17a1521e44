"""Grafana dashboards: what they show, and the builder that turns it into the JSON that Grafana imports."""
