"""The words that pages put around articles. Each set is compared with whole lines, never with parts of a sentence."""

from __future__ import annotations

import re

SEPARATORS = re.compile(r"[ \t\u00a0]*[|·•/»›>,+*\t][ \t\u00a0]*|[ \u00a0]{2,}")

BLANKS = "".join(chr(code) for code in range(0x3001) if chr(code).isspace()) + "\u200b\u200c\u200d\u2060\ufeff"
"""All blanks of Unicode, of which the last is the ideographic space, and the zero-width characters."""

EDGES = BLANKS + ":.…!»›>|-–—*+•·()[]0123456789"
"""Characters around a phrase that do not change its meaning, such as a count of comments."""

MAX_PHRASE_WORDS = 6


class Phrases:
    """A set of phrases, and a test whether a line is made of them."""

    def __init__(self, *texts: str) -> None:
        """Collect the phrases of some texts, which separate them by slashes and line ends."""
        self._phrases = frozenset(
            phrase.strip() for text in texts for line in text.strip().splitlines() for phrase in line.split("/")
        )
        self._first_words = frozenset(phrase.split()[0] for phrase in self._phrases)

    def __contains__(self, text: str) -> bool:
        return text in self._phrases

    def covers(self, text: str) -> bool:
        """Return whether a text is one of the phrases, or several of them with marks or blanks between them.

        An empty text is not.
        """
        if text in self._phrases:
            return True
        first_word = next(iter(text.split(maxsplit=1)), "").rstrip(EDGES + ",")
        if first_word not in self._first_words:
            return False
        parts = [part.strip(EDGES) for part in SEPARATORS.split(text)]
        return all(not part or part in self._phrases or self._is_sequence(part) for part in parts)

    def _is_sequence(self, text: str) -> bool:
        """Return whether the words of a text are phrases one after another, with the longest match first."""
        words = text.split()
        position = 0
        while position < len(words):
            for length in range(min(MAX_PHRASE_WORDS, len(words) - position), 0, -1):
                if " ".join(words[position : position + length]).strip(EDGES) in self._phrases:
                    position += length
                    break
            else:
                return False
        return len(words) > 0


_NAVIGATION = """
    home/back/home back/homepage/menu/main menu/navigation/search/search for/close/open menu
    toggle navigation/skip/skip to content/skip to main content/skip to navigation/skip to main
    jump to content/jump to navigation/sign in/sign up/sign out/log in/login/log out/logout/register
    create account/my account/account/my profile/subscribe/subscribe now/subscriber/become a member/join
    join now/donate/e-paper/epaper/e-edition/contact/contact us/about us/faq/faqs/advertise
    advertise with us/privacy/privacy policy/privacy notice/terms/terms of use/terms of service
    terms and conditions/cookies/cookie policy/accessibility/sitemap/site map/site index/rss/rss feeds
    imprint/ad choices/adchoices/do not sell/my personal information/all rights reserved/back to top
    go to top/scroll to top/view all/see all/show all/show more/load more/see more/view more/prev
    next article/previous article/newer/older/us edition/uk edition/english/español/français/deutsch
    português/italiano/中文/日本語/العربية/русский/newsletters/newsletter/mobile apps/podcasts/podcast
    galleries/gallery/live tv/watch live/latest news/breaking news/top stories/top news/headlines
    most read/most popular/trending/startseite/anmelden/registrieren/kontakt/impressum/datenschutz/agb
    suche/menü/mehr/accueil/connexion/s'abonner/rechercher/mentions légales/inicio/iniciar sesión
    suscríbete/buscar/contacto/aviso legal/política de privacidad/accedi/registrati/cerca/contatti
    chi siamo/entrar/assine/buscar/contato/首页/登录/注册/搜索/ログイン/ホーム/検索/홈/로그인
"""
NAVIGATION = Phrases(_NAVIGATION)
"""Lines of navigation in the most frequent languages of news sites; one alone is enough."""

_SECTIONS = """
    news/world/world news/us/u.s./uk/u.k./us news/uk news/local/local news/national/international/europe/asia/africa
    americas/middle east/politics/business/economy/markets/finance/money/technology/tech/science/health/environment
    climate/education/sport/sports/football/soccer/cricket/tennis/golf/nfl/nba/mlb/nhl/entertainment/culture/arts
    music/movies/film/tv/books/style/fashion/food/travel/lifestyle/life/opinion/opinions/editorial/editorials
    columns/letters/obituaries/classifieds/weather/traffic/crime/magazine/features/special reports/investigations
    fact check/royals/autos/real estate/games/puzzles/crosswords/comics/horoscope/horoscopes/family/society/media
    cartoons/blogs/blog
"""
SECTIONS = Phrases(_SECTIONS)
"""Names of sections. Only several in a row are navigation, because one can be a subheading or the article's section."""

_EDGE_NAVIGATION = """
    live/top/help/support/press/jobs/careers/shop/store/legal/archive/archives/apps/about/video/videos
    photo/photos/more/less/next/previous/latest/feedback/edition
"""
EDGE_NAVIGATION = Phrases(_EDGE_NAVIGATION)
"""Words that are navigation above and below the text; inside the text they can be subheadings."""

MENU = Phrases(_NAVIGATION, _SECTIONS, _EDGE_NAVIGATION)
"""Items of a menu, in one line or in several lines."""

SHARING = Phrases(
    """
    share/share this/share this article/share this story/share on facebook/share on twitter/share on x
    share via email/share on linkedin/share on whatsapp/tweet/tweet this/retweet/facebook/twitter/x/instagram
    whatsapp/telegram/pinterest/linkedin/reddit/tumblr/flipboard/email/e-mail/mail/email this/email this article
    print/print this/print article/copy/copy link/copy url/link/link copied/save/save article/save story/bookmark
    like/like us on facebook/follow/follow us/follow us on twitter/follow us on facebook/messenger/line/youtube
    tiktok/google/google+/google plus/pocket/viber/share article/share story/facebook messenger/sms/text size/a a a
    listen/listen to article/listen to this article/gift/gift article/gift this article/comment/comments/this/on/via
    pin it/pin/digg/stumbleupon/vk/add to favorites/rss/view comments/snapchat/threads/mastodon/bluesky
    add us on google/prefer us on google
    """
)

ADVERTISING = Phrases(
    """
    advertisement/advertisements/advertising/ad/ads/sponsored/sponsored content/sponsored links/paid content
    promoted/promoted content/story continues below/story continues below advertisement/article continues below
    article continues below advertisement/article continues after advertisement/continue reading below
    scroll to continue/scroll to continue with content/advertisement - scroll to continue/loading/loading...
    loading…/skip advertisement/skip ad/report ad/report this ad/this advertisement has not loaded yet/close ad
    publicité/anzeige/publicidad/pubblicità/advertentie/werbung/continue reading the main story/supported by
    ad feedback
    """
)

RELATED_HEADERS = Phrases(
    """
    people are also reading/also read/read also/read more/read next/what to read next/read this next/related
    related news/related articles/related stories/related article/related story/related content/related topics
    related coverage/related links/related posts/related video/related videos/more stories/more news/more from
    more on this/more on this story/more like this/more to read/more headlines/more top stories/more in
    you may also like/you might also like/you may like/you might like/you may also be interested in
    you might be interested in/recommended/recommended for you/recommended stories/recommended reading/we recommend
    suggested for you/popular/popular now/popular stories/most read/most popular/most viewed/most shared
    most commented/trending/trending now/trending stories/trending topics/top stories/latest/latest news
    latest stories/latest headlines/latest videos/don't miss/don’t miss/must read/must reads/see also/up next
    next up/editor's picks/editors' picks/editor’s picks/editors’ picks/in case you missed it/from our partners
    from around the web/around the web/from the web/promoted stories/sponsored stories/paid partner content
    elsewhere on the web/top picks/explore more/keep reading/in this article/in other news/other stories
    also in the news/follow topics/more for you/verwandte themen/mehr zum thema/das könnte sie auch interessieren
    lesen sie auch/à lire aussi/lire aussi/sur le même sujet/te puede interesar/también te puede interesar
    lea también/noticias relacionadas/leggi anche/potrebbe interessarti/leia também/veja também/lees ook/相关新闻
    相关阅读/関連記事
    """
)
"""Lines before a list of other articles' headlines."""

COMMENT_HEADERS = Phrases(
    """
    comments/comment/leave a comment/leave a reply/post a comment/post comment/add a comment/join the conversation
    join the discussion/show comments/hide comments/view comments/read comments/no comments/no comments yet
    0 comments/be the first to comment/comments are closed/log in to comment/sign in to comment/have your say
    reader comments/what do you think/kommentare/commentaires/comentarios/commenti/laisser un commentaire
    deja una respuesta
    """
)
