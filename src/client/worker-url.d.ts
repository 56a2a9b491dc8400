/** Vite builds the module as a worker, and tells where that is. */
declare module '*?worker&url' {
  const url: string
  export default url
}
