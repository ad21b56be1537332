"""Keeping and choosing: the store, its schema, informativeness, selection and export."""
