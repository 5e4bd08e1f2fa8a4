"""The web console: pages rendered on the server, for people who look and act in a browser.

Pages read through the same functions as the API and change through the same commands.
"""
