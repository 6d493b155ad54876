"""World manufacturer identifiers and the shape of the VINs behind them: plain data.

WMIs are public (SAE assigns them, vPIC and Wikibooks list them). Each group holds templates of the fourteen
characters that follow; they keep to what makers really print, so that runs such as `ZZZ`, `XX` and long digit
tails are as frequent as on the road.

Template language, one character per position 4-17:
`@` letter, `#` digit, `?` any symbol, `~` model year, `!` valid check digit; everything else stands for itself.
"""

from __future__ import annotations

from typing import NamedTuple


class Maker(NamedTuple):
    """One manufacturer's identifier, its region, the templates of positions 4-17, and how often it is drawn."""

    wmi: str
    region: str
    templates: tuple[str, ...]
    weight: float


_VAG = ("ZZZ#@Z~@######", "ZZZ##Z~@######", "ZZZ#@#~@######", "ZZZ@#Z~@######", "ZZZ@@Z~@######")
_BENZ = ("#######@######", "#######?@#####", "##########@###")
_BMW = ("@@#####@@#####", "@@#####@######", "#?#####@######", "@@#####@@#####")
_OPEL = ("0@@@##########", "0@@@##@#######", "@@##@#########", "0@@@##@@######")
_FORD_EU = ("@XX@@@@~@#####", "#XX@@@@~@#####", "@XXBDB@~######", "@XXWPC@~@#####")
_FRENCH = ("#@#@@@########", "@@##?#########", "@@@@@@########", "##@@@#########", "#@@@@@@#######")
_JAPAN = ("@@@@##@#######", "@@##@#########", "##@@@#########", "@@############", "@@@@@##0######")
_KOREA = ("@@##@@@@######", "@@##@#@@######", "@@###!@@######", "@@############")
_ITALY = ("##############", "###00#########", "###000########", "@@@@@#########", "###?#00#######")
_SWEDEN = ("@@##@#########", "@@############", "@@#@##########")
_UK = ("@@@@@@#@######", "@@@@##@#######", "@@@@@#@#######", "@@##@#########")
_RUSSIA_LADA = ("######~#######", "@@@###~Y######", "@@@###@~######", "######@#######", "@@#####~######")
_RUSSIA_LICENCE = (
    "@@@@@0~0######", "#@#@@#~@######", "@@@@@0~#######", "@@@@@@@#######", "@@####@~@#####",
    "@@@@#@@~@#####", "@@###@@~C#####", "@@####@@00####", "@#####@@00####", "@@@@@@#@######",
)  # fmt: skip
_AVTOTOR = ("@@###@~C00####", "@@###@~@00####", "@@###@@@00####", "@####@@@00####", "@@#####@00####", "@@###@@C00####")
_US = ("?????!~@######", "@@@##!~@######", "@@##@!~@######", "#@@##!~@######", "@#@@#!~#######", "##@@#!~@######")
_CHINA = ("@@@@@!~@######", "@#@##!~@######", "@@@##!~0######", "@@##@!~@######", "#@@#@!~@0#####", "@@#@#!~@######")
_BRAZIL = ("@@##@#~@######", "@@@@@0~#######", "###@@0~@######", "@@##@@~@######")
_INDIA = ("@@##@@~@######", "@@@@#@~@######", "###@@@~@######", "@@@##@~#######")
_EXPORT = ("@@@##!~@######", "@@#@#!~@######", "#####!~@######")

# region, share of the group among all VINs (a maker's fleet counts, not how many identifiers its country registered),
# templates, identifiers.
_GROUPS: tuple[tuple[str, float, tuple[str, ...], str], ...] = (
    ("germany", 13, _VAG, "WVW WVG WV1 WV2 WAU WUA WP0 WP1 TRU TMB VSS XW8 3VW AAV"),
    ("germany", 7, _BENZ, "WDB WDC WDD WDF W1K W1N W1V WMX Z9M"),
    ("germany", 4, _BMW, "WBA WBS WBX WBY WMW X4X WB1"),
    ("germany", 4, _OPEL, "W0L W0V W0S XWF Y6D"),
    ("germany", 4, _FORD_EU, "WF0 X9F NM0 VS6 Z6F"),
    ("germany", 1, ("@@@@@@@@######", "###@@#@#######"), "WMA WJM WKK WKE WEB"),
    ("france", 6, _FRENCH, "VF1 VF3 VF6 VF7 VF8 VFA VNK VR1 VR3 VR7 X7L VS5 UU1"),
    ("spain", 1.5, _UK, "VSK VWV VSE VSX"),
    ("britain", 3.5, _UK, "SAL SAJ SAR SB1 SHH SHS SJN SCC SCF SCB SCA SFD"),
    ("sweden", 3, _SWEDEN, "YV1 YV2 YV3 YV4 YS3 YS2 YK1 XLB XLR"),
    ("italy", 3, _ITALY, "ZFA ZAR ZLA ZFF ZHW ZCF ZAM ZGA"),
    ("central_europe", 4, _JAPAN, "TSM U5Y U6Y TMA TMK TNE TK9 NMT NMB NLH NLA SUF SU9"),
    ("japan", 7, _JAPAN, "JMZ JN1 JN8 JT1 JTD JTE JTH JTM JTN JHM JHL JF1 JF2 JMB JMY JS1 JS2 JSA JDA JAA JAC JYA JKA"),
    ("korea", 6, _KOREA, "KMH KMF KMJ KNA KNC KND KNE KNM KL1 KLA KLY KPA KPT Z94"),
    ("russia", 6, _RUSSIA_LADA, "XTA XTB XTC XTD XTE XTF XTH XTK XTT XTY X9L X96 X89 X1M Z7T Z7C"),
    ("russia", 7, _RUSSIA_LICENCE, "Z8N Z8T XW7 XW0 XUF XUU X7M XZG Z6W Z7G RUM Y4K Y3M Y39 MX1 XWB X8J XUS"),
    ("russia", 4, _AVTOTOR, "XWE XWK"),
    ("usa", 14, _US,
     ("1FA 1FB 1FC 1FD 1FM 1FT 1FU 1G1 1G2 1G4 1G6 1GC 1GK 1GM 1GN 1GT 1HG 1HD 1J4 1C3 1C4 1C6 1D7 1N4 1N6 1VW 1ZV 1M1 "
      "1XP 1XK 4F2 4JG 4S3 4S4 4T1 4T3 4US 5FN 5J6 5LM 5N1 5NP 5TD 5TF 5UX 5XY 5YJ 5YM 7SA 7FA 19U 19X 55S 58A")),
    ("canada", 4, _US, "2C3 2C4 2FA 2FM 2G1 2GN 2HG 2HK 2HM 2T1 2T2 2T3 2WK"),
    ("mexico", 3, _US, "3FA 3GN 3GC 3HG 3KP 3MZ 3N1 3N6 3C6 3D7 3TM 3MW"),
    ("china", 12, _CHINA,
     ("LVV LVT LSV LFV LFP LFB LBE LBV LGB LGW LGX LHG LJD LJ1 LMG LNB LPA LRW LRB LS5 LS4 LSG LSJ LTV LUC LVG LVH LVR "
      "LVS LVZ LWV LZW LC0 L6T LB3 LDC LDN LEF LEN LGJ LGH LHA LJN LKC LLV LMV LN8 LSY LUX LVB LZE")),
    ("brazil", 4, _BRAZIL, "93H 93Y 935 936 94D 9BD 9BF 9BG 9BM 9BR 9BW 8AF 8AG 8AJ 8AP 8AW"),
    ("india", 5, _INDIA, "MA1 MA3 MA6 MAJ MAK MAL MAT MBH MBJ MCA MEX MHF MHR MMB MNB MNT MPA MR0 PE1 PL1 PMH RLH"),
    ("africa_oceania", 1, _INDIA, "AAV ACV ADM AFA AHT 6F5 6G1 6T1 6U9 7A3"),
    ("export", 4, _EXPORT, "WVG WBA WDD WAU YV1 JN8 JTH KMH KNA SAL ZAR WP0 3VW"),
)  # fmt: skip

# Makers never drawn for training, so that "unseen maker" can be measured: two or three of every large region.
_HELD_OUT = "WV2 WDF W1N WBS VF6 VR7 SAR YS2 ZAR JHM JTM KND XTH Z6W 1GK 1N4 5TD 2HK 3N1 LSG LHG LZW 9BG MAT"
HELD_OUT_WMIS = frozenset(_HELD_OUT.split())


def _makers() -> tuple[Maker, ...]:
    return tuple(
        Maker(wmi, region, templates, share / len(wmis.split()))
        for region, share, templates, wmis in _GROUPS
        for wmi in wmis.split()
    )


MAKERS = _makers()
