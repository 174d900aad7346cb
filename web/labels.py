"""What codes are called on the page. A code without a name here is shown as it is: new ones must never disappear."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

from nlp.records import Article, Figure
from zhiwen.times import CHINA

EVENTS = {
    "tutoring": "上市辅导",
    "filing_submitted": "递表",
    "filing_accepted": "申请获受理",
    "inquiry": "问询",
    "hearing_passed": "通过聆讯",
    "registration": "注册与备案",
    "prospectus_published": "披露招股书",
    "ipo_pricing": "定价",
    "listing": "上市",
    "lapsed": "失效与撤回",
    "spin_off": "分拆",
    "index_inclusion": "纳入指数",
    "funding": "融资",
    "acquisition": "收购",
    "results": "业绩",
    "profit_warning": "业绩预告",
    "capex_plan": "投资计划",
    "model_release": "模型发布",
    "product_launch": "产品发布",
    "price_change": "调价",
    "partnership": "合作",
    "personnel": "人事变动",
    "regulation": "监管",
    "export_control": "出口管制",
    "lawsuit": "诉讼",
    "denial": "否认",
    "shutdown": "停止运营",
}
ENTITIES = {
    "COMPANY": "公司",
    "ORG": "机构",
    "INVESTOR": "投资方",
    "PERSON": "人物",
    "PRODUCT": "产品与模型",
    "GPE": "地区",
    "DATE": "日期",
}
MODALITIES = {"fact": "事实", "planned": "计划", "rumoured": "传闻", "denied": "否认", "past": "往事"}
LINES = {
    "title": "标题",
    "byline": "署名",
    "subheading": "小标题",
    "body": "正文",
    "spam_keywords": "垃圾关键词",
    "chrome": "网站框架",
    "counter": "计数",
    "image_caption": "图片说明",
    "disclaimer": "声明",
    "related": "相关推荐",
    "sidebar": "侧栏",
    "footer": "页脚",
}
METRICS = {
    "revenue": "收入",
    "net_revenue": "净收入",
    "segment_revenue": "分部收入",
    "net_profit": "净利润",
    "adjusted_net_profit": "经调整净利润",
    "net_loss": "净亏损",
    "adjusted_net_loss": "经调整净亏损",
    "gross_profit": "毛利",
    "gross_margin": "毛利率",
    "net_margin": "净利率",
    "operating_profit": "经营利润",
    "operating_loss": "经营亏损",
    "operating_margin": "经营利润率",
    "ebitda": "EBITDA",
    "eps": "每股收益",
    "dividend": "股息",
    "rd_expense": "研发费用",
    "sales_expense": "销售费用",
    "admin_expense": "管理费用",
    "operating_expense": "运营费用",
    "compute_cost": "算力成本",
    "rd_ratio": "研发费用率",
    "capex": "资本开支",
    "cash": "现金",
    "cash_flow": "现金流",
    "cash_burn": "烧钱速度",
    "debt": "负债",
    "total_assets": "总资产",
    "backlog": "在手订单",
    "arr": "年度经常性收入",
    "valuation": "估值",
    "funding_amount": "融资金额",
    "total_funding": "累计融资",
    "funding_rounds": "融资轮数",
    "investment": "投资额",
    "ipo_raise": "募资额",
    "issue_price": "发行价",
    "shares_offered": "发售股份",
    "market_cap": "市值",
    "market_cap_change": "市值变化",
    "stock_price": "股价",
    "price_change": "涨跌幅",
    "turnover": "成交额",
    "gmv": "商品交易总额",
    "acquisition_price": "收购价",
    "deal_value": "交易金额",
    "damages": "赔偿",
    "fine": "罚款",
    "subsidy_cap": "补贴上限",
    "donation": "捐款",
    "net_worth": "身家",
    "fund_size": "基金规模",
    "compensation": "薪酬",
    "training_cost": "训练成本",
    "market_size": "市场规模",
    "price": "价格",
    "input_price": "输入价格",
    "output_price": "输出价格",
    "price_ratio": "价格之比",
    "performance": "性能",
    "speed": "速度",
    "latency": "时延",
    "benchmark_score": "基准得分",
    "hallucination_rate": "幻觉率",
    "hallucination_rank": "幻觉率排名",
    "benchmark_rank": "榜单排名",
    "app_rank": "应用榜排名",
    "usage_rank": "用量排名",
    "market_rank": "市场排名",
    "market_share": "市场份额",
    "growth_yoy": "同比增速",
    "growth_qoq": "环比增速",
    "revenue_cagr": "收入复合增长率",
    "revenue_share": "收入占比",
    "compute_share_of_rd": "算力占研发比",
    "shareholding": "持股比例",
    "shares": "股份数",
    "users": "用户数",
    "monthly_active_users": "月活跃用户",
    "weekly_active_users": "周活跃用户",
    "daily_active_users": "日活跃用户",
    "active_users": "活跃用户",
    "paying_users": "付费用户",
    "downloads": "下载量",
    "customers": "客户数",
    "institutional_customers": "机构客户数",
    "paying_customers": "付费客户",
    "developers": "开发者数",
    "paying_developers": "付费开发者",
    "devices": "设备数",
    "shipments": "出货量",
    "sales": "销量",
    "orders": "订单量",
    "production": "产量",
    "fleet_size": "车队规模",
    "mileage": "里程",
    "stores": "门店数",
    "adopters": "采用者数",
    "cities": "城市数",
    "parameters": "参数量",
    "active_parameters": "激活参数",
    "training_tokens": "训练数据量",
    "context_window": "上下文长度",
    "daily_tokens": "日均 token 消耗",
    "queries": "调用次数",
    "gpus": "GPU 数量",
    "compute": "算力",
    "power": "电力容量",
    "memory": "显存",
    "memory_bandwidth": "显存带宽",
    "memory_ratio": "显存占用比",
    "transistors": "晶体管数",
    "headcount": "员工人数",
    "headcount_change": "人员变动",
    "patents": "专利数",
    "benchmarks": "基准项数",
    "leaderboard_slots": "榜单席位",
    "entity_list_count": "实体清单数",
    "investors": "投资方数",
    "company_age": "成立时长",
    "time_since_launch": "上线时长",
    "revenue_split": "收入结构",
    "round": "融资轮次",
    "rank": "排名",
    "count": "数量",
    "growth": "增长",
    "cagr": "复合年增长率",
}
KINDS = {"MONEY": "金额", "PERCENT": "百分比", "COUNT": "数量", "RANK": "排名", "RATIO": "倍数", "DURATION": "时长"}
UNITS = {
    "CNY": "人民币元",
    "USD": "美元",
    "HKD": "港元",
    "EUR": "欧元",
    "JPY": "日元",
    "KRW": "韩元",
    "TWD": "新台币元",
    "GBP": "英镑",
    "percent": "%",
    "pp": "个百分点",
    "rank": "名",
    "times": "倍",
    "ratio": "比值",
    "company": "家公司",
    "country": "个国家",
    "customer": "家客户",
    "employee": "名员工",
    "user": "名用户",
    "parameter": "个参数",
    "byte": "字节",
    "second": "秒",
    "minute": "分钟",
    "hour": "小时",
    "day": "天",
    "week": "周",
    "month": "个月",
    "quarter": "个季度",
    "year": "年",
}
OPERATORS = {"=": "", ">": "＞", ">=": "≥", "<": "＜", "<=": "≤", "~": "约"}
OUTCOMES = {
    "ok": "正常",
    "partial": "部分失败",
    "unreachable": "无法连接",
    "refused": "被拒绝",
    "unhealthy": "结果异常",
    "failed": "运行出错",
}
SOURCE_KINDS = {"feed": "订阅源", "list": "列表页", "folder": "投放文件夹", "urls": "手工添加"}
SOURCE_STATUS = {"on": "可自动采集", "opt_in": "启用前请核对条款", "ack": "需确认网站条款"}
DELIVERIES = {"pending": "待送达", "delivered": "已送达", "dead": "已放弃"}
EVIDENCE = {"query": "关键词", "company": "公司", "event": "事件"}
LANGUAGES = {"zh": "中文", "en": "英文", "ja": "日文", "ko": "韩文", "de": "德文", "fr": "法文", "es": "西班牙文"}
SCRIPTS = {"Hans": "简体", "Hant": "繁体"}
GRADES = {"filing": "公告原文", "first-hand": "一手", "media": "媒体", "aggregator": "聚合转载", "other": "其他"}
FACETS = {
    "company": "公司",
    "event": "事件",
    "source": "来源",
    "keyword": "关键词",
    "person": "人物",
    "about": "主要公司",
    "publisher": "发布者",
    "grade": "来源级别",
    "lang": "语言",
}
INTERVALS = {"day": "天", "week": "周", "month": "月"}
FIELDS = {"title": "标题", "author": "作者", "publisher": "发布者", "published_at": "发布时间", "mirror": "镜像页"}

# The analysis makes metrics of others by these endings: revenue_yoy is how revenue changed.
_METRIC_ENDINGS = {"_yoy": "同比", "_qoq": "环比", "_cagr": "复合增长率", "_share": "占比", "_growth": "增速"}


def metric(code: str) -> str:
    """
    >>> metric("net_loss_yoy")
    '净亏损同比'
    """
    for ending, name in _METRIC_ENDINGS.items():
        base = METRICS.get(code.removesuffix(ending)) if code not in METRICS and code.endswith(ending) else None
        if base:
            return base + name
    return METRICS.get(code, code)


def china_time(moment: datetime | None) -> str:
    """Minutes in China's time: "2025-12-24 10:20"; an em dash for none."""
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M") if moment else "—"


def published(article: Article) -> str:
    """As exact as the page was."""
    if article.published_precision == "day" and article.published_at:
        return article.published_at.astimezone(CHINA).date().isoformat()
    return china_time(article.published_at)


def web_link(url: str) -> str | None:
    """`url` if a browser may be sent there: http and https only, never file:, javascript: or data:."""
    if url != url.strip() or any(character < " " for character in url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and host else None


def number(value: Decimal) -> str:
    """Grouped, without trailing zeros and never in exponents: 24,377,000,000."""
    if not value.is_finite() or abs(value.adjusted()) > 40:
        return str(value)
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def figure_value(figure: Figure) -> str:
    """The value with its operator and, for a range, its upper end."""
    value = number(figure.value)
    if figure.value_high is not None:
        value = f"{value} – {number(figure.value_high)}"
    return f"{OPERATORS.get(figure.op, figure.op)}{value}"


def interval(span: timedelta) -> str:
    """The largest unit that says it exactly: 每 30 分钟."""
    seconds = int(span.total_seconds())
    for unit, name in ((86400, "天"), (3600, "小时"), (60, "分钟")):
        if seconds and seconds % unit == 0:
            return f"每 {seconds // unit} {name}"
    return f"每 {seconds} 秒"
