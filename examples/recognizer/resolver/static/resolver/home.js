// Sends the chosen picture with progress, and shows what the API answers. Without it the form posts by itself.
"use strict";

const form = document.querySelector("form");
const input = document.getElementById("image");
const drop = document.querySelector(".drop");
const progress = document.getElementById("progress");
const message = document.getElementById("message");
const result = document.getElementById("result");

function say(text, bad = false) {
  message.textContent = text;
  message.classList.toggle("bad", bad);
}

function csrfToken() {
  const cookie = document.cookie.split("; ").find((entry) => entry.startsWith("csrftoken="));
  return cookie ? cookie.slice("csrftoken=".length) : "";
}

function finish(request, file) {
  progress.hidden = true;
  input.value = "";
  let answer;
  try {
    answer = JSON.parse(request.responseText);
  } catch {
    say("The server's answer cannot be read. Try again in a moment.", true);
    return;
  }
  document.getElementById("answer").textContent = JSON.stringify(answer, null, 2);
  if (request.status === 201) {
    say("Stored.");
    document.getElementById("picture").src = answer.image;
    result.hidden = false;
  } else {
    result.hidden = true;
    say(`${file.name}: ${answer.detail || "The picture was refused."}`, true);
  }
}

function send(file) {
  const request = new XMLHttpRequest();
  const body = new FormData();
  body.append("image", file);
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-CSRFToken", csrfToken());
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) progress.value = event.loaded / event.total;
  });
  request.addEventListener("load", () => finish(request, file));
  request.addEventListener("error", () => {
    progress.hidden = true;
    say("The connection broke. Check it and try again.", true);
  });
  progress.value = 0;
  progress.hidden = false;
  result.hidden = true;
  say(`Sending ${file.name} …`);
  request.send(body);
}

input.addEventListener("change", () => {
  if (input.files.length) send(input.files[0]);
});
// A picture that misses the frame must not replace the page.
for (const name of ["dragover", "drop"]) {
  document.addEventListener(name, (event) => event.preventDefault());
}
for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
for (const name of ["dragleave", "drop"]) {
  drop.addEventListener(name, () => drop.classList.remove("over"));
}
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length) send(event.dataTransfer.files[0]);
});
