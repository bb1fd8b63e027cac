//! In which encoding a text is: given, marked, valid as UTF-8, or tried out.

use std::fmt;

use encoding_rs::{BIG5, EUC_KR, Encoding, GB18030, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1251, WINDOWS_1252};

use crate::confidence::Confidence;

/// The encoding of a text file, and why it is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TextEncoding {
    /// Its name, e.g. `UTF-8`, `gb18030`, `windows-1252`.
    pub name: &'static str,
    /// How sure it is.
    pub confidence: Confidence,
    /// What it rests on.
    pub why: String,
    /// Encodings that would also do.
    pub others: Vec<&'static str>,
    /// Places that could not be decoded; each holds a replacement character (U+FFFD) now.
    pub replaced: usize,
}

impl fmt::Display for TextEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}: {})", self.name, self.confidence, self.why)?;
        if !self.others.is_empty() {
            write!(f, "; {} would also do", self.others.join(", "))?;
        }
        Ok(())
    }
}

/// Lines with anything but ASCII that are looked at, in bytes.
const SAMPLE: usize = 200_000;

/// Encodings that are tried when a text is not UTF-8; the first of equals is taken.
const TRIED: [&Encoding; 6] = [GB18030, BIG5, SHIFT_JIS, EUC_KR, WINDOWS_1252, WINDOWS_1251];

/// A text must look like its encoding at least this much, from 0 to 1.
const PLAUSIBLE: f64 = 0.25;

/// Common characters, and words of order lists, in simplified Chinese.
const SIMPLIFIED: &str = "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运订单客户额价称编号购买销售付款折扣省份店铺渠道退货李刘陈杨黄赵吴周徐孙胡朱林何郭罗梁宋郑谢韩唐冯董萧曹袁邓沈彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊陆郝孔崔毛邱秦江史顾侯邵孟龙段雷钱汤尹黎易常武乔贺赖龚文";

/// The same in traditional Chinese.
const TRADITIONAL: &str = "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西斯月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活爾更別打女變四神總何電數安少報才結反受目太量再感建務做接必場件計管期市直德資命山金指克許統區保至隊形社便空決治展馬科司五基眼書非則聽白卻界達光放強即像難且權思王象完設式色路記南品住告類求據程北邊死張該交規萬取拉格望覺術領共確傳師觀清今切院讓識候帶導爭運訂單客戶額價稱編號購買銷售付款折扣省份店鋪渠道退貨李劉陳楊黃趙吳周徐孫胡朱林何郭羅梁宋鄭謝韓唐馮董蕭曹袁鄧沈彭呂蘇盧蔣蔡賈丁魏薛葉閻余潘杜戴夏鍾汪田任姜范方石姚譚廖鄒熊陸郝孔崔毛邱秦江史顧侯邵孟龍段雷錢湯尹黎易常武喬賀賴龔文";

/// The same in Japanese, beside the kana.
const JAPANESE: &str = "顧客注文日付金額数量単価商品番号売上店舗会社名前年月円東京大阪様合計税込割引返品市区県田中山本小林加藤高橋佐木村井上野川島森池石原伊渡辺斎松清水鈴";

/// Decodes a text. The encoding is the one given, or guessed.
///
/// # Errors
/// If the given encoding is not known, or the bytes are no text.
pub(crate) fn decode(bytes: Vec<u8>, given: Option<&str>) -> Result<(String, TextEncoding), String> {
    let (encoding, mut found) = match given {
        Some(label) => named(label)?,
        None => guess(&bytes)?,
    };
    let bytes = match Encoding::for_bom(&bytes) {
        Some((marked, length)) if marked == encoding => bytes[length..].to_vec(),
        _ => bytes,
    };
    if encoding == UTF_8 {
        return match String::from_utf8(bytes) {
            Ok(text) => Ok((text, found)),
            Err(error) => {
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                found.replaced = text.matches('\u{fffd}').count();
                Ok((text, found))
            }
        };
    }
    let (text, malformed) = encoding.decode_without_bom_handling(&bytes);
    if malformed {
        found.replaced = text.matches('\u{fffd}').count();
    }
    Ok((text.into_owned(), found))
}

impl TextEncoding {
    /// Whether there is an encoding of that name.
    ///
    /// ```
    /// assert!(emptor_table::TextEncoding::check("gbk").is_ok() && emptor_table::TextEncoding::check("utf-88").is_err());
    /// ```
    ///
    /// # Errors
    /// If there is none; the text names those that are usual.
    pub fn check(label: &str) -> Result<(), String> {
        named(label).map(|_| ())
    }
}

/// The encoding that a caller names.
pub(crate) fn named(label: &str) -> Result<(&'static Encoding, TextEncoding), String> {
    let encoding = Encoding::for_label(label.trim().as_bytes()).ok_or_else(|| {
        format!(
            "there is no encoding `{label}`; known are utf-8, utf-16le, utf-16be, gb18030, gbk, big5, shift_jis, euc-jp, euc-kr, windows-1252, iso-8859-2, windows-1251 and the others of the WHATWG"
        )
    })?;
    Ok((encoding, found(encoding, Confidence::High, "as given".to_owned())))
}

fn found(encoding: &'static Encoding, confidence: Confidence, why: String) -> TextEncoding {
    TextEncoding { name: encoding.name(), confidence, why, others: Vec::new(), replaced: 0 }
}

/// Guesses the encoding of bytes.
pub(crate) fn guess(bytes: &[u8]) -> Result<(&'static Encoding, TextEncoding), String> {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return Ok((encoding, found(encoding, Confidence::High, "its byte order mark says so".to_owned())));
    }
    if let Some(encoding) = wide(bytes) {
        return Ok((encoding, found(encoding, Confidence::Medium, "every other byte is zero".to_owned())));
    }
    if bytes.contains(&0) {
        return Err("it is no text: it has zero bytes, and is neither Parquet, Arrow nor a workbook".to_owned());
    }
    match std::str::from_utf8(bytes) {
        Ok(_) if bytes.is_ascii() => return Ok((UTF_8, found(UTF_8, Confidence::High, "plain ASCII".to_owned()))),
        Ok(_) => return Ok((UTF_8, found(UTF_8, Confidence::High, "every byte is valid".to_owned()))),
        Err(_) => {}
    }
    let sample = beyond_ascii(bytes);
    let control = sample.iter().filter(|b| b.is_ascii_control() && !b.is_ascii_whitespace()).count();
    if control * 20 > sample.len() {
        return Err("it is no text: too many control characters".to_owned());
    }
    let mut scores: Vec<(f64, &'static Encoding)> =
        TRIED.into_iter().filter_map(|encoding| Some((likeness(encoding, &sample)?, encoding))).collect();
    scores.sort_by(|a, b| b.0.total_cmp(&a.0)); // stable: the first of equals stays first
    let Some(&(best, encoding)) = scores.first() else {
        let why = "it is not valid UTF-8, and no other encoding fits".to_owned();
        return Ok((WINDOWS_1252, found(WINDOWS_1252, Confidence::Low, why)));
    };
    let second = scores.get(1).map_or(0.0, |(score, _)| *score);
    let signs = sample.iter().filter(|b| !b.is_ascii()).count();
    let confidence = match () {
        () if best < PLAUSIBLE || best - second < 0.1 => Confidence::Low,
        () if best - second < 0.3 || signs < 20 => Confidence::Medium,
        () => Confidence::High,
    };
    let why = format!("it is not valid UTF-8, and {:.0} % of its characters are usual ones then", best * 100.0);
    let mut found = found(encoding, confidence, why);
    found.others = scores[1..].iter().filter(|(score, _)| best - score < 0.1).map(|(_, e)| e.name()).collect();
    Ok((encoding, found))
}

/// UTF-16 without its mark: text of any Latin language has a zero in every second byte.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = &bytes[..bytes.len().min(4096) & !1];
    let zeros = |parity: usize| start.iter().skip(parity).step_by(2).filter(|b| **b == 0).count();
    let (even, odd, half) = (zeros(0), zeros(1), start.len() / 2);
    match () {
        () if half == 0 => None,
        () if odd * 10 > half * 3 && even * 20 < half => Some(UTF_16LE),
        () if even * 10 > half * 3 && odd * 20 < half => Some(UTF_16BE),
        () => None,
    }
}

/// The lines that have more than ASCII, up to some length.
fn beyond_ascii(bytes: &[u8]) -> Vec<u8> {
    let mut sample = Vec::new();
    for line in bytes.split(|b| *b == b'\n').filter(|line| !line.is_ascii()) {
        if sample.len() + line.len() > SAMPLE && !sample.is_empty() {
            break;
        }
        sample.extend_from_slice(line);
        sample.push(b'\n');
    }
    sample
}

/// The share of characters beyond ASCII that are usual in texts of that encoding; `None` if the bytes are not valid in it.
fn likeness(encoding: &'static Encoding, sample: &[u8]) -> Option<f64> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(sample)?;
    let usual: fn(char) -> bool = match encoding {
        e if e == GB18030 => |c| SIMPLIFIED.contains(c) || is_wide_sign(c),
        e if e == BIG5 => |c| TRADITIONAL.contains(c) || is_wide_sign(c),
        e if e == SHIFT_JIS => |c| matches!(c, '\u{3041}'..='\u{30ff}') || JAPANESE.contains(c) || is_wide_sign(c),
        e if e == EUC_KR => |c| matches!(c, '\u{ac00}'..='\u{d7a3}'),
        e if e == WINDOWS_1251 => |c| matches!(c, 'А'..='я' | 'ё' | 'Ё' | '№'),
        _ => {
            |c| matches!(c, 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ÿ' | 'œ' | 'Œ' | 'š' | 'ž' | '€' | '£' | '§' | '°' | '’' | '‘' | '“' | '”' | '„' | '–' | '\u{a0}' | '®' | '™' | '¿' | '¡' | 'º' | 'ª')
        }
    };
    // A letter of a western language stands beside letters of ASCII; four of them in a row are another script.
    let western = encoding == WINDOWS_1252;
    let (mut all, mut good, mut run) = (0_usize, 0_usize, 0_usize);
    for c in text.chars() {
        if c.is_ascii() {
            run = 0;
            continue;
        }
        run += 1;
        all += 1;
        good += usize::from(usual(c) && !(western && run > 2));
    }
    let share = if all == 0 { 0.0 } else { good as f64 / all as f64 };
    // Hangul and Cyrillic come out of many a text in another script: they must be nearly pure, the usual syllables are pairs
    // of high bytes, and words of Cyrillic are longer than the one letter of a Müller.
    let mut runs = sample.chunk_by(|a, b| a.is_ascii() == b.is_ascii()).filter(|run| !run[0].is_ascii());
    let doubtful = match encoding {
        e if e == EUC_KR => share < 0.95 || runs.any(|run| run.len() % 2 == 1),
        e if e == WINDOWS_1251 => share < 0.95 || all < 3 * runs.count(),
        _ => false,
    };
    Some(if doubtful { share / 4.0 } else { share })
}

fn is_wide_sign(c: char) -> bool {
    matches!(c, '，' | '。' | '：' | '；' | '（' | '）' | '、' | '“' | '”' | '￥' | '·' | '！' | '－' | '０'..='９')
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    const CHINESE: &str = "订单号,客户,日期,金额\n1,北京华丰贸易有限公司,2024-01-05,12.50\n2,李明,2024-02-07,99\n";

    fn encoded(encoding: &'static Encoding, text: &str) -> Vec<u8> {
        encoding.encode(text).0.into_owned()
    }

    fn wide_bytes(text: &str, big: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    }

    #[test]
    fn encodings_are_told_by_their_texts() -> Result<(), Box<dyn Error>> {
        let german = "Kunde;Straße;Betrag\n1;Königstraße 5, München;12,50\n2;Gärtnerweg 1, Köln;7 €\n";
        let french = "client;adresse;montant\n1;12 allée des Érables, Orléans;5\n2;Nîmes, près de l’église;7\n";
        let taiwanese = "訂單編號,客戶,日期,金額\n1,臺北國際貿易公司,2024-01-05,12\n2,陳小明,2024-02-03,5\n";
        let japanese = "注文番号,顧客名,日付,金額\n1,株式会社サクラ,2024-01-05,1200\n2,やまだ商店,2024-02-03,5\n";
        let korean = "주문번호,고객,날짜,금액\n1,서울무역주식회사,2024-01-05,1200\n";
        let russian = "Заказ;Клиент;Дата;Сумма\n1;Иванов;2024-01-05;12,50\n";
        let cases = [
            (GB18030, CHINESE),
            (BIG5, taiwanese),
            (SHIFT_JIS, japanese),
            (EUC_KR, korean),
            (WINDOWS_1251, russian),
            (WINDOWS_1252, german),
            (WINDOWS_1252, french),
            (WINDOWS_1252, "Name;Ort\nMüller & Söhne;Köln\nMüller;Düren\n"),
            (UTF_8, CHINESE),
            (UTF_8, "a,b\n1,2\n"),
        ];
        for (encoding, text) in cases {
            let (decoded, found) = decode(encoded(encoding, text), None)?;
            assert_eq!(found.name, encoding.name(), "{found} of {text}");
            assert_eq!(decoded, text);
            assert_eq!(found.replaced, 0);
        }
        Ok(())
    }

    #[test]
    fn marks_and_wide_texts_are_read() -> Result<(), Box<dyn Error>> {
        for (bytes, name) in [
            ([&[0xef, 0xbb, 0xbf][..], CHINESE.as_bytes()].concat(), "UTF-8"),
            ([&[0xff, 0xfe][..], &wide_bytes(CHINESE, false)].concat(), "UTF-16LE"),
            ([&[0xfe, 0xff][..], &wide_bytes(CHINESE, true)].concat(), "UTF-16BE"),
            (wide_bytes("id,day\n1,2024-01-01\n", false), "UTF-16LE"),
            (wide_bytes("id,day\n1,2024-01-01\n", true), "UTF-16BE"),
        ] {
            let (text, found) = decode(bytes, None)?;
            assert_eq!(found.name, name);
            assert!(text == CHINESE || text.starts_with("id,day"), "{text}");
        }
        Ok(())
    }

    #[test]
    fn what_is_no_text_is_refused_and_a_wrong_name_lists_the_right_ones() {
        assert!(guess(&[1, 0, 2, 0, 0, 0, 7, 9, 0]).is_err());
        assert!(decode(b"a".to_vec(), Some("gbk18030")).is_err_and(|e| e.contains("gb18030")));
    }

    #[test]
    fn a_given_encoding_that_does_not_fit_says_how_many_places_were_lost() -> Result<(), Box<dyn Error>> {
        let (_, found) = decode(encoded(GB18030, CHINESE), Some("utf-8"))?;
        assert!(found.replaced > 5, "{}", found.replaced);
        let (text, found) = decode(encoded(GB18030, CHINESE), Some("gbk"))?;
        assert_eq!((text.as_str(), found.replaced), (CHINESE, 0));
        Ok(())
    }
}
