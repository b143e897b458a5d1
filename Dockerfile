# The bot, with what requirements.lock names and nothing else. The clone of the collection is mounted.
FROM python:3.13-slim-trixie

RUN apt-get update \
  && apt-get install --yes --no-install-recommends git make openssh-client \
  && rm -rf /var/lib/apt/lists/*

COPY requirements.lock /tmp/
RUN pip install --no-cache-dir --require-hashes --requirement /tmp/requirements.lock

# No root, and no home that could hold credentials of somebody else. The clone that is mounted belongs
# to a user of the host: compose.yaml gives that user's number, so that the bot may write there.
ARG BOT_UID=1000
RUN useradd --uid $BOT_UID --create-home bot
# A new volume takes the owner of the folder that it is mounted on; without one it is root's.
RUN install --directory --owner bot --mode 700 /data /collection
USER bot
ENV DO_NOT_TRACK=1 \
  PREFECT_SERVER_ANALYTICS_ENABLED=false \
  PYTHONPATH=/collection \
  PYTHONUNBUFFERED=1
WORKDIR /collection
