"""Decides claims. It never imports what found them: it knows what a step claims, and not how it was found."""
