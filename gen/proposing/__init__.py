"""Problems written by models: modes ask for them (base.py), truth.py finds their ground truth."""
