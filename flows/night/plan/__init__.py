"""Stage 6, plan: changes, gates, previews, and the proposal."""
