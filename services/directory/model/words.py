"""What the directory's entries, accounts and keys are called, with their states and steps."""

from shared.refusals.words import Word, Words

KINDS: Words = {
    "department": Word("单位", "department"),
    "area": Word("区域", "area"),
    "category": Word("事项类别", "category"),
    "rule": Word("交办规则", "rule"),
    "authority": Word("赋权事项", "authority"),
    "workflow": Word("办理流程", "workflow"),
    "clock": Word("时限", "clock"),
    "holidays": Word("节假日安排", "holidays"),
    "outline": Word("区域边界", "outline"),
    "post": Word("岗位", "post"),
    "account": Word("账号", "account"),
}
ENTRY: Words = {
    "new": Word("未登记", "not registered"),
    "in_force": Word("有效", "in force"),
    "ended": Word("已终止", "ended"),
    "register_entry": Word("登记条目", "register the entry"),
    "change_entry": Word("变更条目", "change the entry"),
    "end_entry": Word("终止条目", "end the entry"),
}
ACCOUNT: Words = {
    "new": Word("未登记", "not registered"),
    "staff": Word("在用人员账号", "staff account"),
    "client": Word("在用系统账号", "system account"),
    "closed": Word("已注销", "closed"),
    "register_staff": Word("登记人员", "register a person"),
    "register_client": Word("登记系统", "register a system"),
    "close_account": Word("注销账号", "close the account"),
    "reset_credential": Word("重置密码", "reset the credential"),
    "change_own_password": Word("修改密码", "change one's password"),
}
KEYRING: Words = {
    "new": Word("未启用", "not in use"),
    "in_use": Word("使用中", "in use"),
    "revoke_key": Word("吊销签名密钥", "revoke a signing key"),
    "add_key": Word("更换签名密钥", "add a signing key"),
}
