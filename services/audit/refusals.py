"""What this service refuses, and why."""

from dataclasses import dataclass
from typing import ClassVar

from shared.refusals.refusals import Refused


@dataclass(slots=True, eq=False)
class EntriesWithheld(Refused):
    code: ClassVar[str] = "entries-withheld"
    status: ClassVar[int] = 403
    zh: ClassVar[str] = (
        "这一段日志中有您不能查看的事实（回避或者不在您的辖区）；请用 /v1/log 读取，不能查看的部分只给出位置和摘要"
    )
    en: ClassVar[str] = (
        "This part of the log holds facts that you may not see (recusal, or outside your area); /v1/log gives you the"
        " rest, and of these their place and digest"
    )


@dataclass(slots=True, eq=False)
class NothingPublished(Refused):
    code: ClassVar[str] = "nothing-published"
    status: ClassVar[int] = 503
    zh: ClassVar[str] = "日志尚未发布检查点：需要签名密钥和见证方的联署，见 /readyz"
    en: ClassVar[str] = (
        "No checkpoint has been published yet: it needs a signing key and a witness's cosignature, see /readyz"
    )


@dataclass(slots=True, eq=False)
class NotYetProven(Refused):
    code: ClassVar[str] = "not-yet-proven"
    status: ClassVar[int] = 404
    zh: ClassVar[str] = "日志已发布的长度为 {size}，还不包含所要的内容；请稍后再试"
    en: ClassVar[str] = "The published log has {size} entries and does not hold that yet; ask again in a moment"
    size: int


@dataclass(slots=True, eq=False)
class TreeDamaged(Refused):
    code: ClassVar[str] = "tree-damaged"
    status: ClassVar[int] = 503
    zh: ClassVar[str] = "日志的哈希树缺失 {tile}，无法给出证明；请管理员运行 lianzhi inspect"
    en: ClassVar[str] = (
        "The log's tree lacks {tile}, so nothing can be proved; have an administrator run lianzhi inspect"
    )
    tile: str


@dataclass(slots=True, eq=False)
class TooManyMoments(Refused):
    code: ClassVar[str] = "too-many-moments"
    status: ClassVar[int] = 429
    zh: ClassVar[str] = "已有 {most} 个时刻正在还原，请稍候再试"
    en: ClassVar[str] = "{most} moments are being worked out already; ask again in a moment"
    most: int


@dataclass(slots=True, eq=False)
class StillWorking(Refused):
    code: ClassVar[str] = "still-working"
    status: ClassVar[int] = 503
    zh: ClassVar[str] = "正在按日志还原该时刻：已读 {read} 条事实，共 {total} 条；请稍候再试"
    en: ClassVar[str] = "The moment is being worked out from the log: {read} of {total} facts read; ask again soon"
    read: int
    total: int
