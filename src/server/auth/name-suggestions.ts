import { randomInt } from 'node:crypto'
import type { Store } from '../store/store.ts'

/** 路人甲 is an extra without a name in Chinese plays. */
const passersBy = {
  zh: [...'甲乙丙丁戊己庚辛壬癸'].map((stem) => `路人${stem}`),
  en: ['Oolong', 'Longjing', 'Keemun', 'Sencha', 'Assam', 'Jasmine', 'Matcha', 'Yunnan', 'Ceylon', 'Puer'].map(
    (tea) => `Guest ${tea}`,
  ),
}

const maxRemembered = 500

/** Suggests names for those who have none in mind. */
export class NameSuggestions {
  readonly #store: Pick<Store['accounts'], 'hasUser'>
  /** A name makes the user: a class that takes what is suggested must not become one person. */
  readonly #suggested = new Set<string>()

  constructor(store: Pick<Store['accounts'], 'hasUser'>) {
    this.#store = store
  }

  /** A name that nobody has and that was not suggested to anybody lately. */
  async suggest(language: keyof typeof passersBy): Promise<string> {
    const names = passersBy[language]
    // Wider with each miss: anybody may take all of the first, and the search must end for the others.
    for (let rounds = 100; ; rounds *= 2) {
      const round = randomInt(rounds)
      const name = `${names[randomInt(names.length)]}${round ? `${language === 'en' ? ' ' : ''}${round + 1}` : ''}`
      if (this.#suggested.has(name)) continue
      this.#remember(name)
      if (!(await this.#store.hasUser(name))) return name
    }
  }

  #remember(name: string): void {
    this.#suggested.add(name)
    if (this.#suggested.size > maxRemembered) this.#suggested.delete(this.#suggested.values().next().value ?? '')
  }
}
