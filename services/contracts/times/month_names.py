"""Names of months and weekdays in the languages of news, from the CLDR (Unicode licence)."""

from __future__ import annotations

_NAMES = (
    """
    ean eanáir ene enero gen gener gennaio ian ianuarie jaan jaanuar jan janar janeiro januar januari januarie
    january január januára janv janvier janvāris janúar led leden ledna oca ocak saus sausio sausis sij siječanj
    siječnja sty styczeń stycznia tammi tammikuu tammikuuta urt urtarrila xan xaneiro yan yanvar ιαν ιανουάριοσ
    ιανουαρίου сту студзень студзеня січ січень січня янв январь января яну януари јан јануар јануари қаң қаңтар
    ינואר جنوری يناير ژانویه जन जनवरी
    """,
    """
    feabh feabhra feb febbraio febr febreiro febrer febrero februar februari februarie february február februára
    februāris febrúar fev fevereiro fevral févr février helmi helmikuu helmikuuta lut lutego luty ots otsaila
    shk shkurt vas vasario vasaris veebr veebruar velj veljača veljače úno únor února şub şubat φεβ φεβρουάριοσ
    φεβρουαρίου ақп ақпан лют лютага лютий лютого люты феб фебруар фев февр февраль февраля февруари פברואר
    فبراير فروری فوریه फरवरी फ़रवरी
    """,
    """
    bře březen března kov kovas kovo maalis maaliskuu maaliskuuta maart mac machi maerz mar marca march marec
    maret mars mart martie marts martxoa marzec marzo març março mrt mrz márc március márta mär märts märz ožu
    ožujak ožujka μάρ μάρτιοσ μαρ μαρτίου бер березень березня мар март марта нау наурыз сак сакавік сакавіка
    מרץ مارس مارچ मार्च
    """,
    """
    abr abril aib aibreán api apirila apr aprel april aprile aprili aprilie aprill apríl apríla aprīlis avr
    avril bal balandis balandžio dub duben dubna huhti huhtikuu huhtikuuta kwi kwiecień kwietnia nis nisan pri
    prill tra travanj travnja ápr április απρ απρίλιοσ απριλίου апр апрель апреля април квіт квітень квітня кра
    красавік красавіка сәу сәуір אפריל آوریل أبريل اپریل अप्रैल
    """,
    """
    beal bealtaine geg gegužė gegužės kvě květen května mag maggio mai maiatza maig maijs maio maj maja may mayo
    mayıs maí mei máj mája május svi svibanj svibnja touko toukokuu toukokuuta μάι μάιοσ май мам мамыр мая мај
    трав травень травня מאי مئی ماي مايو मई
    """,
    """
    birž birželio birželis cze czerwca czerwiec eka ekaina giu giugno haz haziran iun iunie iyn iyun juin jun
    june junho juni junij junio juny juuni jún júna június júní jūn jūnijs kesä kesäkuu kesäkuuta lipanj lipnja
    meith meitheamh qer qershor xuño červen června čvn ιουν ιουνίου ιούν ιούνιοσ июн июнь июня мау маусым черв
    червень червня чэр чэрвень чэрвеня юни јун јуни יוני جون يونيو ژوئن जून
    """,
    """
    heinä heinäkuu heinäkuuta iul iulie iyl iyul iúil juil juillet jul julai julho juli julij julio juliol july
    juuli júl júla július júlí jūl jūlijs korr korrik liep liepa liepos lip lipca lipiec lug luglio srpanj
    srpnja tem temmuz uzt uztaila xul xullo července červenec čvc ιουλ ιουλίου ιούλ ιούλιοσ июл июль июля лип
    липень липня ліп ліпень ліпеня шіл шілде юли јул јули יולי جولائی يوليو يوليوز ژوئیه जुलाई
    """,
    """
    abu abuztua ago agost agosti agosto agu agustus aout août aug august augusta augusti augusts augustus
    augusztus avg avgust avq avqust ağu ağustos elo elokuu elokuuta gush gusht kol kolovoz kolovoza lún lúnasa
    ogo ogos rugp rugpjūtis rugpjūčio sie sierpień sierpnia srp srpen srpna ágú ágúst αυγ αυγούστου αύγ
    αύγουστοσ авг август августа жні жнівень жніўня серп серпень серпня там тамыз אוגוסט أغسطس اوت اگست غشت
    अगस्त
    """,
    """
    eyl eylül ira iraila mfómh rugs rugsėjis rugsėjo ruj rujan rujna sen sentyabr sep sept septemba septembar
    september septembra septembre septembrie septembris septiembre set setembre setembro setiembre settembre sht
    shtator syys syyskuu syyskuuta szept szeptember wrz wrzesień września zář září σεπ σεπτέμβριοσ σεπτεμβρίου
    вер верасень верасня вересень вересня сент сентябрь сентября сеп септембар септември қыр қыркүйек ספטמבר
    سبتمبر ستمبر سپتامبر شتنبر सितंबर सितम्बर
    """,
    """
    dfómh eki ekim loka lokakuu lokakuuta oct october octobre octombrie octubre okt oktoba oktobar oktober
    oktobris oktoober oktyabr október októbra ott ottobre out outubro paź październik października spal spalio
    spalis tet tetor urr urria říj říjen října οκτ οκτωβρίου οκτώβριοσ жовт жовтень жовтня кас кастрычнік
    кастрычніка окт октобар октомври октябрь октября қаз қазан אוקטובר أكتوبر اکتبر اکتوبر अक्टूबर अक्तूबर
    """,
    """
    aza azaroa kas kasım lapkr lapkritis lapkričio lis listopad listopada listopadu marras marraskuu marraskuuta
    noiembrie nov novemba novembar november novembra novembre novembris novembro noviembre noy noyabr nën nëntor
    nóv nóvember samh samhain stu studeni studenoga νοέ νοέμβριοσ νοε νοεμβρίου лист листопад листопада ліс
    лістапад лістапада нов новембар ное ноември нояб ноябрь ноября қар қараша נובמבר نوامبر نوفمبر نومبر نونبر
    नवंबर नवम्बर
    """,
    """
    abe abendua ara aralık dec decembar december decembra decembrie decembris decembro dek dekabr des desemba
    desember desembre dets detsember dez dezember dezembro dhj dhjetor dic dicembre diciembre dis disember déc
    décembre gru grudnia grudzień gruod gruodis gruodžio joulu joulukuu joulukuuta noll nollaig pro prosinac
    prosinca prosince prosinec δεκ δεκέμβριοσ δεκεμβρίου груд грудень грудня дек декабрь декабря декември дец
    децембар жел желтоқсан сне снежань снежня דצמבר دجنبر دسامبر دسمبر ديسمبر दिसंबर दिसम्बर
    """,
)
"""For each month the names in all languages, in small letters, without a full stop."""

CROATIAN = {"lip": 6, "listopada": 10, "listopad": 10, "lis": 10, "srp": 7}
"""Croatian names that mean another month in Polish or Czech."""

MONTH_NAMES = {name: number for number, names in enumerate(_NAMES, start=1) for name in names.split()}
"""Number of the month, 1 to 12, for each name. No two languages use a name differently, except as in `CROATIAN`."""


def find_month(word: str, language: str | None = None) -> int | None:
    """Find the number of the month that a word names, in any language; None for any other word.

    `language` is a tag of BCP 47; it matters for Croatian alone.
    """
    name = word.casefold().rstrip(".")
    if language is not None and language.lower().startswith(("hr", "bs")) and name in CROATIAN:
        return CROATIAN[name]
    return MONTH_NAMES.get(name)


WEEKDAY_NAMES = frozenset(
    """
    ahad ahd al alhamisi an antradienis aoine ar asteartea asteazkena astelehena az bazar ceturtd ceturtdiena
    cmt cs csütörtök cum cuma cumartesi czw czwartek céad cümə dc dg di die dienstag dijous dilluns dim dimanche
    dimarts dimecres dinsdag dissabte diumenge divendres dj dl do dom domenica domh domingo donderdag donnerstag
    ds dt dum duminică dv déar déardaoin enj esmaspäev fim fimmtudagur fr fre fredag freitag fri friday fös
    föstudagur gio giovedì hétfő hën ig igandea ijumaa isn isnin jeu jeudi joi jue jueves jum jumaat jumamosi
    jumanne jumapili jumat jumatano jumatatu kam kamis ke kedd keskiviikkona ketvirtadienis kha khamis kolmapäev
    kt la larunbata lau lauantaina laugardagur laupäev lr luan lun lundi lunedì lunes luni luns lör lördag lør
    lørdag ma maanantaina maandag man mandag mar mardi martedì martes marți mer mercoledì mercredi mi mie
    miercuri min minggu mittwoch mié miércoles mið miðvikudagur mo mon monday montag máirt mán mánudagur mån
    måndag mér mércores mër ne ned nedelja nedeľa nedjelja neděle neljapäev niedz niedziela og ons onsdag or
    osteguna ostirala otrd otrdiena paz pazar pazartesi pe penktadienis per perjantaina perşembe pet petak petek
    pi piatok piektd piektdiena pirmadienis pirmd pirmdiena piątek pn po pon pondelok pondělí ponedeljak
    ponedeljek ponedjeljak poniedziałek pr pre pt pzt pá pátek péntek pühapäev qua qui rab rabu reede sa sab
    sabato sabtu sal salı sam samedi samstag sat sath saturday seg sekmadienis sel selasa sen senin sestd
    sestdiena sex sht sk so sob sobota sonntag sre sreda sri srijeda st streda středa su sub subota sun sunday
    sunnudagur sunnuntai svētd svētdiena sze szerda szo szombat sáb sábado sâm sâmbătă sön söndag søn søndag
    teisipäev ter thu thursday ti tiistaina tir tirs tirsdag tis tisdag to tor torek tors torsdag torstaina tr
    trečiadienis trešd trešdiena tue tuesday ut uto utorak utorok vasárnap ven vendredi venerdì venres vie
    viernes vin vineri vr vrijdag wed wednesday wo woensdag wt wtorek xov xoves za zaterdag zo zondag çar
    çarşamba çərşənbə út úterý þri þriðjudagur čet četrtek četvrtak čt čtvrtek śr środa şənbə šeštadienis št
    štvrtok δευ δευτέρα κυρ κυριακή πέμ πέμπτη παρ παρασκευή σάβ σάββατο τετ τετάρτη τρί τρίτη аў аўторак
    бейсенбі бс воскресенье вс вт вто вторник вівторок дс дүйсенбі жексенбі жм жс жұма нд нед недела неделя
    недеља неділя нядзеля пʼятниця панядзелак пет петак петок петък пн пон понеделник понедельник понедељак
    понеділок пт пятница пятніца саб сабота сб сейсенбі сенбі серада середа ср сре среда сряда сс суб суббота
    субота събота сәрсенбі уто уторак чацвер чет четвер четверг четвртак четврток четвъртък чт чц שבת اتوار
    الأحد الأربعاء الاثنين الثلاثاء الجمعة الخميس السبت بدھ جمعرات جمعه جمعہ دوشنبه شنبه منگل پنجشنبه پیر
    چهارشنبه ہفتہ یکشنبه
    """.split()
)
"""Names and abbreviations of the days of the week in all languages, in small letters."""
