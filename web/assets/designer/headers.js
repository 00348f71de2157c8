// What a request of an editor bears beside its body: the token of the session.
export function headers() {
  const inherited = JSON.parse(document.body.getAttribute("data-hx-headers:inherited") || "{}");
  return { ...inherited, "Content-Type": "application/json", Accept: "application/json" };
}
