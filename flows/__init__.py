"""The bot that keeps the collection: observe, plan, apply, once a night."""
