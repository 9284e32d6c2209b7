"""Addresses of objects."""

import pytest

from readkin.objects.uri import ObjectUri, is_object, parse_uri, uri_mistake


@pytest.mark.parametrize(
    ("text", "bucket", "key", "name"),
    [
        ("s3://reads/a.fq.gz", "reads", "a.fq.gz", "a.fq.gz"),
        ("s3://my.bucket-1/a/b c#d?e%20.fq", "my.bucket-1", "a/b c#d?e%20.fq", "b c#d?e%20.fq"),
        ("s3://abc//double//x", "abc", "/double//x", "x"),
    ],
)
def test_addresses_are_taken_as_they_are_written(text, bucket, key, name):
    uri = parse_uri(text)
    assert uri == ObjectUri(bucket, key)
    assert (str(uri), uri.name) == (text, name)
    assert uri_mistake(text) is None


def test_folders():
    assert str(parse_uri("s3://abc/runs/1").below("bam/x.bam")) == "s3://abc/runs/1/bam/x.bam"
    assert str(parse_uri("s3://abc/runs/1/").below("x")) == "s3://abc/runs/1/x"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("s3://ab/x", 'the bucket "ab"'),
        ("s3://Reads/x", 'the bucket "Reads"'),
        ("s3:///x", 'the bucket ""'),
        ("s3://my_bucket/x", 'the bucket "my_bucket"'),
        ("s3://reads", "a bucket without key"),
        ("s3://reads/", "a bucket without key"),
        ("s3://reads/a/", "a folder"),
        ("s3://reads/a/..", "a folder"),
    ],
)
def test_mistakes(text, found):
    assert uri_mistake(text).found.startswith(found)


def test_what_is_an_object():
    assert is_object("s3://b/k")
    assert not any(map(is_object, ("S3://b/k", "s3:/b/k", "/s3://b/k", "gs://b/k", "a.fq")))
