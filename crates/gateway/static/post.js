// Sends the form of the page on: it holds the answer to the app that asked.
document.querySelector("form[data-send]")?.submit();
