"""Words that passwords are made of too often.

Source: written for this project and under its licence (Apache-2.0). Nothing is copied from a published list; these are
words, names and sequences that reports about leaked passwords name again and again, in the languages of the web app, and
the words of the platform's own trade. Small letters, at least four of them.
"""

from __future__ import annotations

ENGLISH = """
password passphrase passcode secret login logon signin welcome letmein access admin administrator root user guest test
testing master default change changeme temp temporary hello world love iloveyou loveyou lovely baby angel princess prince
queen king dragon monkey tiger lion eagle wolf bear shadow hunter ranger killer soldier ninja pirate wizard magic
sunshine rainbow flower summer winter spring autumn january february march april june july august september october
november december monday tuesday wednesday thursday friday saturday sunday today football soccer baseball basketball
hockey golf tennis liverpool arsenal chelsea manchester united yankees cowboys steelers lakers ferrari porsche mercedes
mustang corvette harley yamaha honda toyota nissan audi computer internet samsung apple google facebook microsoft windows
android pokemon naruto minecraft starwars superman batman spiderman ironman matrix michael jordan jessica jennifer ashley
daniel andrew thomas robert charlie george william joshua matthew anthony nicole hannah amanda michelle maggie buster
bailey cookie cheese chocolate orange banana pepper ginger purple yellow silver golden diamond crystal freedom whatever
nothing something trustno number money dollar lucky winner champion correct horse battery staple blink qazwsx zaqwsx
qweasd asdzxc abcabc mother father family friend forever heaven jesus christ church america london
"""

OTHER_LANGUAGES = """
passwort kennwort geheim hallo willkommen schatz liebe sommer fruhling herbst fussball berlin hamburg bayern dortmund
motdepasse bonjour soleil azerty jetaime amour chocolat doudou marseille paris coucou contrasena hola amor habibi allah
mohamed mohammed ahmed salam marhaba bismillah
"""

OWN = """
drivetrain rental resale dispatch market trips vehicle vehicles cars taxi driver dealer buyer company moderator operator
analyst getaround uber platform decision buffer price valuation
"""

COMMON_WORDS: tuple[str, ...] = tuple(sorted({*ENGLISH.split(), *OTHER_LANGUAGES.split(), *OWN.split()}))
