"""The worker: one stream to a server, and the tasks across all of them.

Worker -> Engine -> Route (which server), Session (one stream), InHand (the tasks)
"""
