"""Pairs of names, all invented, on which the folding of names is judged.

`SAME` and `DIFFERENT` were committed before the table of the folding was written; `FRESH_SAME` and `FRESH_DIFFERENT` were
written after it was fixed, and it was not changed for them.
"""

from __future__ import annotations

from typing import Final

SAME: Final[tuple[tuple[str, str], ...]] = (
    # Marks left out, capital letters, the other order.
    ("Tomáš Dvořáček", "Tomas Dvoracek"),
    ("Žaneta Růžičková", "RUZICKOVA ZANETA"),
    ("Łukasz Wiśniewski", "Lukasz Wisniewski"),
    ("Pani Małgorzata Żółkiewska", "Malgorzata Zolkiewska"),
    ("Jan Kowalczyk", "KOWALCZYK JAN"),
    ("Ing. Zdeněk Šťastný", "Zdenek Stastny"),
    # German letters spelled out.
    ("Jürgen Möller", "Juergen Moeller"),
    ("Frau Käthe Groß", "KAETHE GROSS"),
    ("Herr Björn Weißbach", "Bjorn Weissbach"),
    # English, with a title, a middle name, a hyphen or an apostrophe.
    ("Mr John Arthur Whitfield", "John Whitfield"),
    ("Mary-Jane O'Donnell", "Mary Jane ODonnell"),
    ("J. Whitfield", "John Whitfield"),
    # Russian against several romanisations.
    ("Юлия Щукина", "Yuliya Shchukina"),
    ("Юлия Щукина", "IULIIA SHCHUKINA"),
    ("Алексей Жуков", "Alexei Zhukov"),
    ("Наталья Ефимова", "Natalia Efimova"),
    ("Наталья Ефимова", "Natalya Yefimova"),
    ("Фёдор Соловьёв", "Fedor Solovev"),
    ("Фёдор Соловьёв", "Fyodor Solovyov"),
    ("Пётр Семёнович Хохлов", "Petr Khokhlov"),
    ("Дмитрий Цветков", "Tsvetkov Dmitry"),
    ("Владимир Александрович Юшков", "Wladimir Juschkow"),
    ("Сергей Чижов", "Sergej Čižov"),
    ("Анна Щербина", "Anna Szczerbina"),
    ("Ксения Белова", "Xenia Belova"),
    ("Филипп Беккер", "Philipp Becker"),
    # Ukrainian.
    ("Сергій Шевчук", "Serhii Shevchuk"),
    ("Євген Яценко", "Yevhen Yatsenko"),
    # Two scripts in one name: Cyrillic letters that look Latin, and a given name in one script with a surname in the other.
    ("Аnnа Whitfield", "Anna Whitfield"),
    ("Ольга Zaytseva", "Olga Зайцева"),
)
"""One person, written in two ways."""

DIFFERENT: Final[tuple[tuple[str, str], ...]] = (
    ("Александр Иванов", "Александра Иванова"),
    ("Иванов Пётр", "Иванов Павел"),
    ("Мария Соколова", "Марина Соколова"),
    ("Jan Novák", "Jana Nováková"),
    ("Ivan Petrov", "Ivana Petrova"),
    ("Olga Belova", "Oleg Belov"),
    ("Hans Müller", "Hanna Müller"),
    ("Евгений Волков", "Yevgenia Volkova"),
    ("Валентин Королёв", "Valentina Koroleva"),
    ("Anna Kowalska", "Hanna Kowalska"),
    ("Piotr Zieliński", "Piotr Zielonka"),
    ("Katarzyna Nowak", "Karolina Nowak"),
    ("Mr Martin Kraus", "Mrs Martina Kraus"),
    ("Юлия Попова", "Юлиана Попова"),
    ("Дмитрий Лебедев", "Дмитрий Лебедь"),
    ("Наталья Морозова", "Наталия Мороз"),
    ("Daniel Schmidt", "Daniela Schmidt"),
    ("Adam Jones", "Adam Johns"),
    ("Роман Ковалёв", "Roman Koval"),
    ("Виктор Ким", "Виктория Ким"),
)
"""Two people whose names look alike."""

FRESH_SAME: Final[tuple[tuple[str, str], ...]] = (
    ("Екатерина Ширяева", "Yekaterina Shiryaeva"),
    ("Евгений Царёв", "Evgeny Tsarev"),
    ("Игорь Гончаренко", "Ihor Honcharenko"),
    ("Михаил Хрущёв", "Mikhail Khrushchyov"),
    ("Любовь Соболева", "Liubov Soboleva"),
    ("Артём Юдин", "Artem Iudin"),
    ("Татьяна Ильина", "Tatjana Iljina"),
    ("Андрей Яковлев", "Andrzej Jakowlew"),
    ("Александр Зуев", "Aleksander Zuyev"),
    ("Софія Їжакевич", "Sofiia Yizhakevych"),
    ("Аляксандр Шаўчэнка", "Aliaksandr Shauchenka"),
    ("Гжегож Бжезицкий", "Grzegorz Brzezicki"),
    ("Виктория Чайка", "Victoria Chayka"),
    ("Джон Уитфилд", "John Whitfield"),
    ("Jiří Křížek", "JIRI KRIZEK"),
    ("Prof. Stanisław Chrząszcz", "Chrzaszcz Stanislaw"),
    ("Jörg Strauß", "Joerg Strauss"),
    ("Sophie-Charlotte Bäcker", "Sophie Baecker"),
    ("Mrs Catherine McAllister", "Catherine Mc Allister"),
    ("Яна Новотная", "Jana Novotná"),
)
"""One person, written in two ways; made after the table was fixed."""

FRESH_DIFFERENT: Final[tuple[tuple[str, str], ...]] = (
    ("Василий Громов", "Василиса Громова"),
    ("Юрин Антон", "Урин Антон"),
    ("Анастасия Лаптева", "Анна Лаптева"),
    ("Denis Kuzmin", "Denisa Kuzminova"),
    ("Tereza Malá", "Tereza Malíková"),
    ("Христина Голод", "Кристина Холод"),
    ("Mateusz Wójcik", "Mateusz Wojciechowski"),
    ("Marie Horáková", "Mario Horák"),
    ("Stefan Bauer", "Stefanie Bauer"),
    ("Сергей Шукин", "Сергей Чукин"),
    ("Paul Harris", "Paula Harrison"),
    ("Никита Орлов", "Николай Орлов"),
)
"""Two people whose names look alike; made after the table was fixed."""
