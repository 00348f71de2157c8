"""A case told in words [一张单据说清楚]."""
