/** Texts in eight languages, each made of words that are known, so that it is known which text has which word. */

export interface Language {
  name: string
  /** How often a word comes falls with its place. Some begin or contain others. */
  words: readonly string[]
  /** Between words. */
  gap: string
  /** What is written after a word now and then, without a space: the word is still meant. */
  endings: readonly string[]
  /** Before it. */
  beginnings?: readonly string[]
  /** How people type a word when they search: without marks, and in lower case. */
  typed?: (word: string) => string
  /** How a word may be written besides. */
  written?: (word: string) => string
}

const list = (text: string) => text.split(' ')

/** Vowel marks of Arabic, which most leave out. */
const vocalized = (word: string) => [...word].map((letter, i) => (i % 2 ? `${letter}\u064e` : letter)).join('')

export const languages: readonly Language[] = [
  {
    name: 'Chinese',
    words: list(
      '我们 今天 喝茶 上海 朋友 明天 见面 咖啡 北京 时间 工作 项目 会议 文件 电话 谢谢 请问 地址 火车 飞机 学校 老师 学生 医院 问题 计划 周末 天气 下雨 公园 晚饭 早上 音乐 电影 价格 便宜 超市 牛奶 水果 苹果',
    ),
    gap: '',
    endings: [],
  },
  {
    name: 'Japanese',
    words: list(
      '今日 お茶 東京 友達 明日 会議 コーヒー 大阪 時間 仕事 資料 電話 住所 電車 飛行機 学校 先生 学生 病院 問題 計画 週末 天気 雨 公園 夕食 朝 音楽 映画 値段 安い スーパー 牛乳 果物 りんご ありがとう ください テスト メール 写真',
    ),
    gap: 'の',
    endings: ['は', 'を', 'に'],
  },
  {
    name: 'Korean',
    words: list(
      '오늘 녹차 서울 친구 내일 회의 커피 부산 시간 일정 자료 전화 주소 기차 비행기 학교 선생님 학생 병원 문제 계획 주말 날씨 비 공원 저녁 아침 음악 영화 가격 할인 마트 우유 과일 사과 감사 부탁 시험 메일 사진',
    ),
    gap: ' ',
    endings: ['는', '를', '에서', '까지'],
  },
  {
    name: 'Thai',
    words: list(
      'วันนี้ น้ำชา กรุงเทพ เพื่อน พรุ่งนี้ ประชุม กาแฟ เชียงใหม่ เวลา ทำงาน เอกสาร โทรศัพท์ ที่อยู่ รถไฟ เครื่องบิน โรงเรียน ครู นักเรียน โรงพยาบาล ปัญหา แผน สุดสัปดาห์ อากาศ ฝน สวน อาหารเย็น เช้า ดนตรี หนัง ราคา ถูก ตลาด นม ผลไม้ แอปเปิล ขอบคุณ ช่วย สอบ อีเมล รูปภาพ',
    ),
    gap: '',
    endings: [],
  },
  {
    name: 'German',
    words: list(
      'Tee Straße Größe München Freund morgen Sitzung Kaffee grün Zeit Arbeit Datei Anruf Adresse Zug Flugzeug Schule Lehrer Schüler Teekanne Frage Plan Wochenende Wetter Regen Park Abendessen früh Musik Film Preis günstig Markt Milch Obst Äpfel danke bitte Prüfung Fußball',
    ),
    gap: ' ',
    endings: [],
    typed: (word) => word.toLowerCase().replaceAll('ß', 'ss'),
  },
  {
    name: 'Turkish',
    words: list(
      'çay İstanbul arkadaş yarın toplantı kahve İzmir zaman iş dosya telefon adres tren uçak okul öğretmen öğrenci hastane soru plan hafta hava yağmur park akşam sabah müzik film fiyat ucuz pazar süt meyve elma teşekkür lütfen sınav posta resim ışık',
    ),
    gap: ' ',
    endings: ['da', 'lar', 'ım'],
    typed: (word) => word.toLocaleLowerCase('tr'),
  },
  {
    name: 'Arabic',
    words: list(
      'شاي القاهرة صديق غدا اجتماع قهوة دمشق وقت عمل ملف هاتف عنوان قطار طائرة مدرسة معلم طالب مستشفى سؤال خطة أسبوع طقس مطر حديقة عشاء صباح موسيقى فيلم سعر رخيص سوق حليب فاكهة تفاح شكرا فضلك امتحان بريد صورة نور',
    ),
    gap: ' ',
    endings: [],
    beginnings: ['و'],
    written: vocalized,
  },
  {
    name: 'English',
    words: list(
      'tea street size London friend tomorrow meeting coffee green time work file call address train plane school teacher student steam question plan weekend weather rain park dinner early music film price cheap market milk fruit apple thanks please teapot café',
    ),
    gap: ' ',
    endings: ['s'],
    typed: (word) => word.toLowerCase().normalize('NFD').replace(/\p{M}/gu, ''),
  },
]

export interface Text {
  data: string
  language: string
  words: ReadonlySet<string>
}

/** The same in every run. */
export function textsOf(each: number): Text[] {
  const chance = new Chance()
  return Array.from({ length: each * languages.length }, (_, i) => {
    const language = languages[i % languages.length] as Language
    const words = Array.from({ length: 3 + chance.below(10) }, () => wordOf(language, chance))
    const data = words.map((word) => writtenAs(word, language, chance)).join(language.gap)
    return { data, language: language.name, words: new Set(words) }
  })
}

/** What is searched for: each word of each language, and how it is typed. */
export function queriesOf({ words, typed = (word: string) => word }: Language): { word: string; typed: string }[] {
  return words.map((word) => ({ word, typed: typed(word) }))
}

function wordOf({ words }: Language, chance: Chance): string {
  return words[Math.floor(Math.exp(chance.next() * Math.log(words.length + 1))) - 1] ?? words[0] ?? ''
}

function writtenAs(word: string, { endings, beginnings = [], written }: Language, chance: Chance): string {
  const shaped = written && chance.below(10) < 2 ? written(word) : word
  const before = beginnings.length && chance.below(10) < 1 ? beginnings[chance.below(beginnings.length)] : ''
  const after = endings.length && chance.below(10) < 3 ? endings[chance.below(endings.length)] : ''
  return `${before}${shaped}${after}`
}

class Chance {
  #seed = 1

  next(): number {
    this.#seed = (Math.imul(this.#seed, 1_103_515_245) + 12_345) & 0x7fffffff
    return this.#seed / 0x80000000
  }

  below(max: number): number {
    return Math.floor(this.next() * max)
  }
}
