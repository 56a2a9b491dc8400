/** Where the emoji of each language are. Made by the build from `emoji-data.ts`. */
declare module 'virtual:emoji-data' {
  const urls: Record<import('../../shared/language.ts').LanguageCode, string>
  export default urls
}
