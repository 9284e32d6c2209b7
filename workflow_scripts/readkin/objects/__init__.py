"""Objects in S3: looked at, read in ranges, fetched, published. Only this room imports boto3."""
