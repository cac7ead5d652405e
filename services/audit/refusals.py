"""What this service refuses, and why."""

from dataclasses import dataclass
from datetime import datetime
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
class YearNotOver(Refused):
    code: ClassVar[str] = "year-not-over"
    status: ClassVar[int] = 409
    zh: ClassVar[str] = "{year} 年的日志尚未结束：进入下一年收到事实之后才能归档"
    en: ClassVar[str] = "The log of {year} is not over: it can be archived once facts were received in a later year"
    year: int


@dataclass(slots=True, eq=False)
class ArchivingNow(Refused):
    code: ClassVar[str] = "archiving-now"
    status: ClassVar[int] = 409
    zh: ClassVar[str] = "正在归档 {year} 年；完成之后再试"
    en: ClassVar[str] = "{year} is being archived; ask again when that is done"
    year: int


@dataclass(slots=True, eq=False)
class NowhereToArchive(Refused):
    code: ClassVar[str] = "nowhere-to-archive"
    status: ClassVar[int] = 503
    zh: ClassVar[str] = "没有指定存放归档文件的目录；请管理员设置 ARCHIVES"
    en: ClassVar[str] = "There is no folder for archives; have an administrator set ARCHIVES"


@dataclass(slots=True, eq=False)
class FileGone(Refused):
    code: ClassVar[str] = "archive-not-here"
    status: ClassVar[int] = 404
    zh: ClassVar[str] = "{month} 的归档文件不在归档目录中，或者与所记录的校验和不符；请重新归档，或者使用已取走的那一份"
    en: ClassVar[str] = (
        "The archive of {month} is not in the folder of archives, or is not the one that was recorded: archive it"
        " again, or use the copy that was taken away"
    )
    month: str


@dataclass(slots=True, eq=False)
class MonthNotArchived(Refused):
    code: ClassVar[str] = "month-not-archived"
    status: ClassVar[int] = 409
    zh: ClassVar[str] = (
        "{month} 的日志还不能移出：须先归档，且归档记录已写入日志并由见证方联署；请先运行 lianzhi archive {year}"
    )
    en: ClassVar[str] = (
        "The log of {month} cannot be taken out yet: it has to be archived, and a witness has to have cosigned the log"
        " that says so. Run lianzhi archive {year} first"
    )
    month: str
    year: int


@dataclass(slots=True, eq=False)
class CopyBehind(Refused):
    code: ClassVar[str] = "copy-behind"
    status: ClassVar[int] = 409
    zh: ClassVar[str] = "见证方 {witness} 的副本只到第 {copied} 条，尚未包含要移出的条目；请等它追上后再试"
    en: ClassVar[str] = (
        "The copy of the witness {witness} goes up to entry {copied} and has not all that would be taken out; try again"
        " when it has"
    )
    witness: str
    copied: int


@dataclass(slots=True, eq=False)
class StillRemoved(Refused):
    code: ClassVar[str] = "still-removed"
    status: ClassVar[int] = 409
    zh: ClassVar[str] = "{month} 的条目尚未全部放回；请管理员运行 lianzhi archive {year} --bring-back"
    en: ClassVar[str] = (
        "Not all entries of {month} are back yet; have an administrator run lianzhi archive {year} --bring-back"
    )
    month: str
    year: int


@dataclass(slots=True, eq=False)
class CaseArchived(Refused):
    code: ClassVar[str] = "case-archived"
    status: ClassVar[int] = 410
    zh: ClassVar[str] = (
        "本案的日志已归档并移出在用库（{months}），在归档文件 {files} 中；可直接查阅这些文件，"
        "或者请管理员运行 lianzhi archive 年份 --bring-back（{years}）恢复后再查"
    )
    en: ClassVar[str] = (
        "The log of this case is archived and not in the live log any more ({months}). It is in {files}: read it there,"
        " or have an administrator run lianzhi archive YEAR --bring-back ({years}) and ask again"
    )
    months: tuple[str, ...]
    files: tuple[str, ...]
    years: tuple[str, ...]


@dataclass(slots=True, eq=False)
class EntriesArchived(Refused):
    code: ClassVar[str] = "entries-archived"
    status: ClassVar[int] = 410
    zh: ClassVar[str] = (
        "这一段日志中有条目已归档并移出在用库（{months}），在归档文件 {files} 中；其散列和证明仍可取得，"
        "内容须请管理员运行 lianzhi archive 年份 --bring-back（{years}）恢复后再取"
    )
    en: ClassVar[str] = (
        "Entries of this part of the log are archived and not in the live log any more ({months}). They are in {files};"
        " hashes and proofs are to be had as before, the entries once an administrator has run lianzhi archive YEAR"
        " --bring-back ({years})"
    )
    months: tuple[str, ...]
    files: tuple[str, ...]
    years: tuple[str, ...]


@dataclass(slots=True, eq=False)
class MomentArchived(Refused):
    code: ClassVar[str] = "moment-archived"
    status: ClassVar[int] = 410
    zh: ClassVar[str] = (
        "{until} 之前的日志有一部分已归档并移出在用库（{months}），在归档文件 {files} 中；之后的时刻可以还原，"
        "更早的须请管理员运行 lianzhi archive 年份 --bring-back（{years}）恢复后再试"
    )
    en: ClassVar[str] = (
        "Part of the log before {until} is archived and not in the live log any more ({months}). It is in {files}."
        " Later moments can be worked out; for earlier ones have an administrator run lianzhi archive YEAR --bring-back"
        " ({years})"
    )
    until: datetime
    months: tuple[str, ...]
    files: tuple[str, ...]
    years: tuple[str, ...]


@dataclass(slots=True, eq=False)
class TooMuchToProve(Refused):
    code: ClassVar[str] = "too-much-to-prove"
    status: ClassVar[int] = 422
    zh: ClassVar[str] = "一次最多导出 {most} 条附证明的事实，所选的更多；请缩小范围（例如按时间）"
    en: ClassVar[str] = (
        "At most {most} facts are exported with proofs at once, and these are more: narrow it, by time say"
    )
    most: int


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


@dataclass(slots=True, eq=False)
class NobodyRebuilds(Refused):
    code: ClassVar[str] = "nobody-rebuilds"
    status: ClassVar[int] = 409
    zh: ClassVar[str] = "重建须由运维程序执行，目前没有启动；请运维人员启动它，或运行 lianzhi replay --check"
    en: ClassVar[str] = (
        "A rebuild is done by the operator's program, which does not run now: have it started, or lianzhi replay"
        " --check run"
    )
