"""What the routes answer, as types: the bodies of the OpenAPI document. A route's answer may hold more members."""
