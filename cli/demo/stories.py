"""What the demo newsroom prints: stories of our own writing, as records.

Companies in invented events are invented (云栈智能, 澜图科技, 青穹科技, 芯屿半导体). Real ones appear only with plain
public facts. Every story says that it is a sample, and so does every page made of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from zhiwen.times import CHINA

NOTICE = "本文为示例文本，由智闻项目编写，仅用于演示，不构成新闻报道或投资建议。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One article as its author wrote it: simplified Chinese, a paragraph a string, `published` aware."""

    slug: str
    title: str
    author: str
    publisher: str
    published: datetime
    paragraphs: tuple[str, ...]

    @property
    def summary(self) -> str:
        return self.paragraphs[0]

    def corrected(self, before: str, after: str) -> Story:
        """The story with one wording changed wherever it stands; a wording that is not there is a mistake of ours."""
        if not any(before in text for text in (self.title, *self.paragraphs)):
            raise ValueError(f"story {self.slug!r} does not say {before!r}")
        return replace(
            self,
            title=self.title.replace(before, after),
            paragraphs=tuple(paragraph.replace(before, after) for paragraph in self.paragraphs),
        )


def _at(day: int, hour: int, minute: int) -> datetime:
    return datetime(2025, 12, day, hour, minute, tzinfo=CHINA)


YUNZHAN_HEARING = Story(
    slug="yunzhan-hearing",
    title="云栈智能通过港交所聆讯，2024年收入4.1亿元",
    author="林夏",
    publisher="智闻示例社",
    published=_at(18, 9, 30),
    paragraphs=(
        "12月18日，企业智能体服务商云栈智能在港交所网站披露聆讯后资料集，公司已通过港交所聆讯，距离挂牌只差定价一步。",
        "资料显示，云栈智能2022年至2024年的收入分别为1.2亿元、2.5亿元和4.1亿元，两年间增长超过两倍。公司2024年净亏损1.6亿元，较上一年收窄8.5%。",
        "收入的大头来自私有化部署。2024年，这项业务收入2.7亿元，占总收入的65.9%；云端调用收入1.4亿元，客户数量达到1,280家。",
        "公司在资料中说，募集资金将主要用于模型训练、推理集群和海外团队。截至2025年6月30日，云栈智能有员工623人，其中研发人员占七成。",
        "一位熟悉企业软件的分析人士认为，智能体的生意要看续费率。云栈智能披露的2024年客户续约率为87%，高于同类公司的平均水平。",
    ),
)

LANTU_FUNDING = Story(
    slug="lantu-series-c",
    title="澜图科技完成8亿元C轮融资，投后估值约60亿元",
    author="周远",
    publisher="智闻示例社",
    published=_at(17, 14, 5),
    paragraphs=(
        "多模态公司澜图科技12月17日宣布完成8亿元C轮融资，由云岫示例基金领投，三家老股东跟投，投后估值约60亿元。",
        "澜图科技成立于2021年，主要做图像和视频生成。公司称，旗下产品月活跃用户超过900万，付费用户约42万，海外收入占比接近三成。",
        "创始团队表示，这笔钱会花在两处：一是把视频模型的单次生成时长从10秒提高到60秒，二是自建一座推理机房。",
        "过去一年，视频生成成为大模型公司竞争最激烈的方向之一。澜图科技认为，成本下降比榜单名次更重要，公司2025年的单位生成成本下降了72%。",
    ),
)

QINGQIONG_MODEL = Story(
    slug="qingqiong-open-model",
    title="青穹科技开源320亿参数模型，推理成本降四成",
    author="许言",
    publisher="智闻示例社",
    published=_at(16, 20, 0),
    paragraphs=(
        "青穹科技12月16日晚发布并开源新一代语言模型QQ-32B，参数量为320亿，支持128K上下文，采用宽松许可，可以商用。",
        "技术报告显示，模型在预训练阶段用了12万亿token的数据，训练费用约380万美元。与上一代相比，推理成本下降40%，首字延迟缩短到0.3秒。",
        "青穹科技同时下调接口价格，输入每百万token 0.8元，输出每百万token 2元。公司说，降价来自新的注意力结构，而不是补贴。",
        "截至发布当晚，模型在开源社区的下载量超过1.5万次。多家云厂商表示将在一周内上线托管版本。",
    ),
)

XINYU_TUTORING = Story(
    slug="xinyu-tutoring",
    title="芯屿半导体启动上市辅导，拟登陆科创板",
    author="陆川北",
    publisher="智闻示例社",
    published=_at(15, 18, 40),
    paragraphs=(
        "芯屿半导体已与保荐机构签署辅导协议，并在地方证监局办理上市辅导备案，拟在科创板上市。公司主营推理芯片和配套的编译软件。",
        "备案材料显示，芯屿半导体注册资本3.6亿元，控股股东持股31.2%。公司第二代推理芯片今年7月开始量产，前11个月出货4.8万颗。",
        "公司负责人此前介绍，2025年全年收入预计在9亿元至10亿元之间，其中约55%来自互联网客户，其余来自运营商和政企市场。",
        "上市辅导期一般不少于三个月。芯屿半导体表示，具体申报时间将视辅导进展和市场情况决定。",
    ),
)

COMPUTE_CENTRE = Story(
    slug="compute-centre-plan",
    title="西部算力园区二期开工，规划机柜1.2万个",
    author="何一帆",
    publisher="智闻示例社",
    published=_at(14, 11, 15),
    paragraphs=(
        "西部示例算力园区二期工程12月14日开工，规划机柜1.2万个，总投资约36亿元，预计2027年上半年投运。",
        "园区负责人说，一期的4,000个机柜已经全部签约，客户以大模型训练和视频渲染为主，平均上架率为91%。",
        "二期将采用液冷方案，设计电能利用效率不高于1.15。项目方称，绿电占比将从目前的58%提高到80%以上。",
    ),
)

PRICE_REVIEW = Story(
    slug="model-price-review",
    title="一年回顾：大模型接口价格走到哪里了",
    author="苏打",
    publisher="智闻示例社",
    published=_at(13, 8, 0),
    paragraphs=(
        "回看过去一年，大模型接口的价格仍在下降。DeepSeek在2024年12月发布DeepSeek-V3，总参数6,710亿，每个token激活370亿，此后又推出推理模型DeepSeek-R1，并以MIT许可开放权重。",
        "阿里云的通义千问、智谱的GLM系列和月之暗面的Kimi都在今年调整过价目。以输入价格计算，主流模型每百万token的报价已经从十几元降到几元，部分小模型甚至免费。",
        "价格下降靠的是三件事：混合专家结构让每次计算只激活一小部分参数；缓存命中按更低的价格计费；推理芯片的利用率不断提高。",
        "对开发者来说，选择模型时不应只看单价。同一个任务消耗的token可能相差数倍，失败重试也要计入成本。",
        "开发者社区的一份问卷显示，62%的受访团队同时使用两家以上的模型服务，按任务分流是最常见的做法。",
    ),
)

MINIMAX_FILING = Story(
    slug="minimax-prospectus",
    title="读MiniMax招股文件：七成收入来自海外",
    author="许言",
    publisher="澜湾财经示例",
    published=_at(22, 10, 20),
    paragraphs=(
        "MiniMax的聆讯后资料集在12月21日公开。文件显示，公司2025年前九个月收入约5,344万美元，同比增长超过170%，海外市场贡献了七成以上的收入。",
        "这家公司成立于2022年初，产品包括对话应用Talkie、视频生成工具海螺AI，以及面向开发者的开放平台。文件称，公司累计服务超过2亿名个人用户。",
        "与智谱以企业客户和本地化部署为主不同，MiniMax的收入主要来自个人订阅和应用内购买。两家公司先后通过港交所聆讯，为大模型行业提供了可以对照的两本账。",
        "研发仍是最大的支出。同期公司研发费用约1.8亿美元，其中用于训练的算力开支占了大头。管理层在文件中说，训练效率的提升使研发费用的增速低于收入增速。",
        "对于投资者来说，最大的问题仍然是竞争。文件的风险因素一节写道，模型更新很快，公司无法保证产品能持续保持领先。",
    ),
)

ZHIPU_NUMBERS = Story(
    slug="zhipu-numbers",
    title="智谱招股书里的几组数字：收入、研发与本地化部署",
    author="江岸",
    publisher="澜湾财经示例",
    published=_at(19, 21, 10),
    paragraphs=(
        "12月17日，智谱通过港交所聆讯，招股书随后公开。按2024年收入计算，智谱在中国独立大模型厂商中排名第一，在全部厂商中排名第二，市场占有率为6.6%。",
        "招股书显示，2022年至2024年，智谱的收入分别为0.57亿元、1.25亿元和3.12亿元，复合年增长率约130%。2025年上半年收入1.91亿元，同比增长超过300%。",
        "本地化部署是收入的主要来源，占比约85%。这类项目合同金额大、交付周期长，对现场服务的要求也更高。",
        "研发费用同样增长很快。2024年，公司研发费用约22亿元，主要用于购买算力服务。招股书称，随着自有集群投入使用，单位训练成本将继续下降。",
        "从客户结构看，互联网科技、公共服务和电信是前三大行业。公司在马来西亚和新加坡等市场也取得了收入，海外收入占比接近12%。",
    ),
)

EDGE_CHIP = Story(
    slug="edge-chip-orders",
    title="端侧模型升温，澜图科技拿下15万台终端订单",
    author="周远",
    publisher="澜湾财经示例",
    published=_at(20, 16, 45),
    paragraphs=(
        "澜图科技12月20日公布与一家终端厂商的合作，后者将在15万台学习设备上预装澜图的端侧多模态模型，合同金额约1.05亿元。",
        "端侧模型是今年的另一条主线。与云端相比，它不依赖网络，响应更快，数据也留在本地，但对内存和功耗的要求很高。",
        "澜图科技说，公司把模型压缩到18亿参数，在8GB内存的设备上可以流畅运行，识图准确率为92.4%，比云端版本低1.7个百分点。",
        "公司计划在2026年第一季度开始交货。业内人士认为，端侧订单的利润率不高，但可以带来稳定的数据反馈和品牌曝光。",
    ),
)

ROUND_TWO_NEW = Story(
    slug="yunzhan-pricing",
    title="云栈智能启动招股，发行价区间18.6至22.4港元",
    author="林夏",
    publisher="智闻示例社",
    published=_at(24, 8, 15),
    paragraphs=(
        "云栈智能12月24日起招股，拟全球发售5,200万股，发行价区间为每股18.6港元至22.4港元，最多募资约11.65亿港元。",
        "招股结果预计在12月31日公布，股份计划于2026年1月5日在港交所主板挂牌。公司引入四名基石投资者，合计认购约4.2亿港元。",
        "按发行价中位数计算，公司市值约为96亿港元。公司称，募集资金的60%将用于模型研发，20%用于推理集群，其余用于市场拓展和营运资金。",
    ),
)
