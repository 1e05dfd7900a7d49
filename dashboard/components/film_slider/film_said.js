// Tells a film, which is shown already, what was found out of its score meanwhile.

export default function ({ data }) {
  const room = (window.lymphoscapeSaid ??= new Map());
  room.set(data.film, data);
  window.dispatchEvent(new CustomEvent("lymphoscape-later", { detail: data.film }));
  return () => {
    if (room.get(data.film) === data) room.delete(data.film);
  };
}
