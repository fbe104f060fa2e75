"""The report of a validation: figures, tables, reporting checklist, model card."""
