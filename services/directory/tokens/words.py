"""What the sign-in page says."""

from shared.refusals.words import Word, Words

PAGE: Words = {
    "product": Word("联治", "Lianzhi"),
    "subtitle": Word("一件事，多部门，一本账", "One matter, every office, one record"),
    "sign_in": Word("登录", "Sign in"),
    "username": Word("用户名", "User name"),
    "password": Word("密码", "Password"),
    "other_language": Word("English", "中文"),
    "wrong": Word("用户名或密码不正确。", "User name or password is wrong."),
    "lacking": Word("请输入用户名和密码。", "Enter your user name and password."),
    "wait": Word("密码输错次数过多，请在{left}后再试。", "Too many wrong tries. Try again in {left}."),
    "stale": Word("页面已失效，请重新输入密码。", "This page has expired. Enter your password again."),
    "samples": Word("示例人员", "People to try"),
    "samples_about": Word(
        "本系统以示例数据运行，人员均为虚构。点击一位，即填好用户名和密码。",
        "This runs on sample data, and all people are invented. Choose one to fill in name and password.",
    ),
    "stranger": Word("无法登录", "You cannot sign in from here"),
    "stranger_about": Word(
        "请求登录的页面没有登记，或者返回地址与登记的不一致。请从您平时使用的页面进入，或者联系系统管理员。",
        "The page that sent you is not registered, or not with this address. Start from the page you usually work in, "
        "or ask your administrator.",
    ),
    "ended": Word("您已退出", "You are signed out"),
    "ended_about": Word("可以关闭此页面。", "You can close this page."),
    "no_return": Word(
        "返回地址没有登记，因此不再跳转。", "The address to return to is not registered, so nobody is sent there."
    ),
}
