/** What the tool does. The name is the user's, and stays where it is. */
export const greet = (name: string, loud: boolean): void => {
  const text = `Hello, ${name}!`
  console.log(loud ? text.toUpperCase() : text)
}
