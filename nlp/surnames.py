"""Chinese surnames, and whether a few hanzi look like a person's name."""

from __future__ import annotations

import re

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花帅屠豆朴盖练廉禹井祖漆巴丰支卿狄平计索宣晋初门容敬来扈晁芮普阙浦戈伏鹿薄邸雍辜羊阿乌母裘亓修邰赫杭况宿鲜逯隆茹诺慕玉银亢嵇哈湛宾戎勾茅於居揭干尉冶斯元束檀衣展阴昝智幸奉植衡富尧闭"
COMPOUND_SURNAMES = "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|令狐|慕容|司徒|夏侯|南宫|端木|公孙|轩辕|长孙"

_PERSON = re.compile(f"(?:{COMPOUND_SURNAMES})[\u3400-\u9fff]{{1,2}}|[{SURNAMES}][\u3400-\u9fff]{{1,2}}")
# Ends of the names of papers, sites and columns, many of which begin like a surname: 雷锋网, 金融界, 文汇报.
_OUTLET = re.compile("[网报社讯台刊号家界都汇视媒体线闻评论经济财观察周日晚播圈谈说]$")


def looks_like_person(name: str) -> bool:
    """The shape of a name; not proof, as 金十 and 方圆 have it too: callers need a second sign.

    >>> looks_like_person("何一帆"), looks_like_person("雷锋网"), looks_like_person("潮汐科技")
    (True, False, False)
    """
    return bool(_PERSON.fullmatch(name)) and not _OUTLET.search(name)
