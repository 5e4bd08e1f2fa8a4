"""What providers tell us: receipts for what was sent, messages of customers, mails that came back."""
