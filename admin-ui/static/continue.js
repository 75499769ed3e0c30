// form[data-continue] goes on by itself: a long piece of work that each request does a part of. Without script there is
// its button.
const form = document.querySelector("form[data-continue]");
if (form) setTimeout(() => form.requestSubmit(), 300);
