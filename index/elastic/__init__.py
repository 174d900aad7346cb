"""The index on Elasticsearch: the same analysis and the same tree as the other engines, in its words."""
