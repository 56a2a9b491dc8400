import type { Benchmark, Figures } from '../benchmark.ts'
import { Latencies } from '../load/latencies.ts'
import { languages, queriesOf, textsOf } from '../search/corpus.ts'
import { engines, everything } from '../search/engines.ts'
import { targets } from '../targets.ts'

const each = Number(process.env.SEARCH_TEXTS ?? 5_000)
const page = 50

/** Its program is not started: each is used in this process, or by a database server. */
const compared = Object.keys(engines).map((name) => ({ ...targets.teahouse, name }))

export const searchLanguages: Benchmark = {
  name: 'search-languages',
  about: `Tokenizers: ${(each * languages.length).toLocaleString('en')} texts of 3 to 12 words in eight languages, made of 40 known words each. Korean, Japanese and Turkish words have endings, English ones an s, Arabic ones an article or vowel marks, now and then; each word is searched for as people type it. Recall: of the texts that have the word, those that were found. Precision: of what was found, what has it. Times are those of the newest ${page}, of all languages. SEARCH_TEXTS sets the number of texts in each.`,
  targets: compared,
  rounds: 1,
  figures: [
    ...languages.map(({ name }) => ({ key: name, label: `${name}: recall, %`, decimals: 0 })),
    { key: 'precision', label: 'precision, %', decimals: 0 },
    { key: 'p50', label: 'p50, ms', decimals: 2 },
    { key: 'p99', label: 'p99, ms', decimals: 2 },
    { key: 'added', label: 'texts added a second', decimals: 0 },
  ],
  goals: [
    ...['Chinese', 'Japanese', 'Korean', 'Thai', 'German'].map((figure) => ({ figure, atLeast: 99.5 })),
    { figure: 'p99', atMost: 20 },
  ],
  async run({ name }) {
    const engine = await engines[name]?.()
    if (!engine) throw new Error(`There is no ${name}.`)
    const texts = textsOf(each)
    const began = performance.now()
    await engine.add(texts.map(({ data }) => data))
    const added = texts.length / ((performance.now() - began) / 1_000)
    const figures: Figures = { added }
    const latencies = new Latencies()
    let [found, right] = [0, 0]
    for (const language of languages) {
      let [wanted, got] = [0, 0]
      for (const { word, typed } of queriesOf(language)) {
        const all = await engine.find(typed, everything)
        const hits = all.filter((i) => texts[i]?.language === language.name && texts[i].words.has(word)).length
        wanted += texts.filter((text) => text.language === language.name && text.words.has(word)).length
        got += hits
        found += all.length
        right += hits
        for (let n = 0; n < 5; n++) {
          const asked = performance.now()
          await engine.find(typed, page)
          latencies.add(performance.now() - asked)
        }
      }
      figures[language.name] = (100 * got) / wanted
    }
    await engine.close()
    return {
      ...figures,
      precision: (100 * right) / found,
      p50: latencies.percentile(0.5),
      p99: latencies.percentile(0.99),
    }
  },
}
