"""Patients from FHIR R4 resources, as the table that a list of patients is read from."""
