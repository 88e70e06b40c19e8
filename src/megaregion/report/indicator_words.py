"""Names of frequent indicators in both languages; any other is shown by its identifier."""

from __future__ import annotations

from megaregion.report.text import Text, raw

_WORDS = {
    "age65_share": ("65 years and older", "65岁及以上人口比重"),
    "college_share": ("College degree or higher", "大专及以上学历比重"),
    "bachelor_share": ("Bachelor's degree or higher", "本科及以上学历比重"),
    "tap_water_share": ("Homes with tap water", "有管道自来水的住户"),
    "toilet_share": ("Homes with a toilet", "有厕所的住户"),
    "bath_share": ("Homes with a bath", "有洗澡设施的住户"),
    "kitchen_share": ("Homes with a kitchen", "有厨房的住户"),
    "rented_share": ("Rented homes", "租房住户"),
    "car_share": ("Homes with a car", "有家用汽车的住户"),
    "agriculture_employment_share": ("Employed in agriculture", "农林牧渔业就业比重"),
    "urban_share": ("Urban share", "城镇化率"),
    "purchasing_power": ("Purchasing power", "购买力"),
    "wage_residence": ("Wage at the residence", "居住地工资"),
    "wage_workplace": ("Wage at the workplace", "工作地工资"),
    "unemployment_rate": ("Unemployment rate", "失业率"),
    "share_low_income_hh": ("Households of low income", "低收入家庭比重"),
    "physician_density": ("Physicians", "医师密度"),
    "gp_density": ("General practitioners", "全科医师密度"),
    "hospital_beds_per_capita": ("Hospital beds", "医院床位"),
    "childcare_under3": ("Day care under 3 years", "3岁以下入托率"),
    "childcare_3to6": ("Day care 3 to 6 years", "3至6岁入园率"),
    "rent_level": ("Rent", "房租水平"),
    "living_space_per_capita": ("Living space", "人均居住面积"),
    "cars_per_capita": ("Cars", "汽车拥有量"),
    "gdp_per_head": ("GDP per head", "人均地区生产总值"),
    "population": ("population", "人口"),
    "gdp": ("GDP", "地区生产总值"),
    "gdp_primary": ("GDP, primary sector", "第一产业增加值"),
    "gdp_secondary": ("GDP, secondary sector", "第二产业增加值"),
    "gdp_tertiary": ("GDP, tertiary sector", "第三产业增加值"),
    "tertiary_share": ("Share of the tertiary sector", "第三产业比重"),
    "resident_population": ("Residents (yearbooks)", "常住人口（年鉴）"),
    "urban_population": ("Urban residents", "城镇人口"),
    "deposits": ("Deposits", "存款余额"),
    "loans": ("Loans", "贷款余额"),
    "patents": ("Patents", "专利"),
    "copublication_degree": ("Ties by joint publications", "合著网络联系"),
    "mobility_degree": ("Ties by travel", "出行网络联系"),
    "social_media_degree": ("Ties by social media", "社交媒体联系"),
    "mean_schooling": ("Years of schooling", "平均受教育年限"),
    "science_employment_share": ("Employed in science", "科研技术就业比重"),
    "information_employment_share": ("Employed in information", "信息业就业比重"),
    "culture_employment_share": ("Employed in culture", "文体娱乐就业比重"),
    "registered_same_county": ("Registered elsewhere in the county", "户籍在本县其他乡镇"),
    "registered_same_province": ("Registered elsewhere in the province", "户籍在省内其他地区"),
    "registered_other_province": ("Registered in another province", "户籍在外省"),
}


def indicator_word(name: str) -> Text:
    """Name of an indicator."""
    found = _WORDS.get(name)
    return Text(*found) if found else raw(name)
