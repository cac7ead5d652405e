"""The district's time zone: China has one, eight hours ahead, without summer time; no zone database is needed."""

from datetime import timedelta, timezone

DISTRICT_ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")
